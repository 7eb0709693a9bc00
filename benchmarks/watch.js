// Notes, in the browser's own clock, when a click happened, when the sentence below the chart changed and when the page stood still.
() => {
  const main = document.querySelector('[data-testid="stMain"]');
  const app = document.querySelector('[data-testid="stApp"]');
  const sentence = () => (main.innerText.match(/Means over[^.]*/) || [""])[0];
  window.seen = { click: 0, numbers: 0, still: 0, text: sentence() };
  const note = (name) => { window.seen[name] = performance.now(); };
  document.addEventListener("click", () => Object.assign(window.seen, { click: performance.now(), numbers: 0, still: 0 }), true);
  new MutationObserver(() => {
    if (sentence() && sentence() !== window.seen.text) { window.seen.text = sentence(); note("numbers"); }
  }).observe(main, { subtree: true, childList: true, characterData: true });
  new MutationObserver(() => {
    if (app.dataset.testScriptState === "notRunning" && window.seen.numbers) note("still");
  }).observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
}
