// The videos of one observation. Video time = observation time + its own offset; all follow one clock.

const AHEAD_S = 0.0005; // a seek to the very start of a frame may land on the frame before
const JUMP_S = 0.25; // larger drift is mended by a seek, smaller by playing a little faster or slower

function element(name, attributes = {}, text) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

class Film {
  constructor(view, end, askAgain) {
    this.view = view;
    this.end = end;
    this.askAgain = askAgain;
    this.failed = !view.url;
    this.box = element("figure", { class: "film" });
    this.screen = element("div", { class: "screen" });
    this.video = element("video", { playsinline: "", preload: "auto", "aria-label": view.title });
    this.note = element("p", { class: "note" });
    this.caption = element("figcaption", {}, view.title);
    this.screen.append(this.video, this.note);
    this.box.append(this.screen, this.caption);
    this.video.addEventListener("loadedmetadata", () => this.opened());
    this.video.addEventListener("error", () => this.trouble());
    if (this.failed) this.say(view.note);
    else this.load(view.url);
  }

  load(url) {
    this.url = url;
    this.failed = false;
    this.say("");
    this.video.src = url;
  }

  renew(view) {
    this.view = view;
    if (this.expired && view.url && view.url !== this.url) {
      this.expired = false;
      this.load(view.url);
    }
  }

  opened() {
    const ends = this.video.duration * 1000 - this.view.offset;
    const short = ends < this.end - 500;
    this.caption.textContent = short ? `${this.view.title} (ends at ${clock(Math.max(ends, 0))} of ${clock(this.end)})` : this.view.title;
    this.box.style.setProperty("--ratio", (this.video.videoWidth || 16) / (this.video.videoHeight || 9));
    this.seek(this.wanted ?? 0);
  }

  async trouble() {
    if (!this.url) return;
    this.failed = true;
    const answer = await fetch(this.url, { method: "HEAD" }).catch(() => null);
    if (answer && answer.status === 410 && !this.expired) {
      this.expired = true;
      this.askAgain();
    }
    this.say(answer && answer.ok ? this.view.unplayable : this.view.unreachable);
  }

  say(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
  }

  ready() {
    return !this.failed && this.video.readyState >= 1;
  }

  target(ms) {
    return (ms + this.view.offset) / 1000;
  }

  covers(ms) {
    const t = this.target(ms);
    return this.ready() && t >= 0 && t < this.video.duration - 0.02;
  }

  running() {
    const video = this.video;
    return this.ready() && !video.paused && !video.ended && !video.seeking && video.readyState >= 3;
  }

  time() {
    return this.video.currentTime * 1000 - this.view.offset;
  }

  tell(ms) {
    if (!this.ready()) return;
    const t = this.target(ms);
    if (t < 0) this.say(`This video starts at ${clock(-this.view.offset)}.`);
    else if (t > this.video.duration + 0.05) this.say(`This video ends at ${clock(this.video.duration * 1000 - this.view.offset)}; the coding goes on until ${clock(this.end)}.`);
    else this.say("");
  }

  seek(ms) {
    this.wanted = ms;
    if (!this.ready()) return;
    this.video.currentTime = Math.min(Math.max(this.target(ms) + AHEAD_S, 0), this.video.duration);
    this.tell(ms);
  }

  follow(ms, rate, leads) {
    this.wanted = ms;
    if (!this.covers(ms)) {
      if (!this.video.paused) this.video.pause();
      return this.tell(ms);
    }
    this.say("");
    const video = this.video;
    if (video.paused) {
      if (Math.abs(video.currentTime - this.target(ms)) > 0.04) video.currentTime = this.target(ms);
      video.play().catch(() => {});
    }
    const drift = leads || video.seeking ? 0 : video.currentTime - this.target(ms);
    if (Math.abs(drift) > JUMP_S) video.currentTime = this.target(ms) + 0.05 * rate;
    const pace = Math.abs(drift) > 0.015 ? rate * (1 - Math.max(-0.2, Math.min(0.2, drift * 2))) : rate;
    if (Math.abs(video.playbackRate - pace) > 0.005) video.playbackRate = pace;
  }

  stop(ms) {
    this.video.pause();
    if (this.ready() && Math.abs(this.video.currentTime - this.target(ms)) > 0.02) this.seek(ms);
  }

  dispose() {
    this.url = null;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
