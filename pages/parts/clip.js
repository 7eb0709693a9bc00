// Plays one film. The address is ours and expires; when it is renewed the film stays where it was.
export default function ({ data, parentElement }) {
  const video = parentElement.querySelector("video");
  if (video.dataset.address === data.address) return;
  const same = (video.dataset.address ?? "").split("?")[0] === data.address.split("?")[0];
  const at = same ? video.currentTime : 0;
  video.dataset.address = data.address;
  video.setAttribute("aria-label", data.says);
  video.src = data.address;
  video.currentTime = at;
}
