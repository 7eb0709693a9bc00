// The timeline of one observation: lanes, videos, one clock for all. Nothing here asks the server while it plays.

// The whole observation, or half a minute around the moment that was asked for.
const opening = ({ at, start, end }) =>
  at == null ? [start, end] : [Math.max(start, at - 10000), Math.min(end, at + 20000)];

class Timeline {
  constructor(root) {
    this.films = [];
    this.playing = false;
    this.rate = 1;
    this.highlight = null;
    this.root = root;
    this.build();
    this.sizer = new ResizeObserver(() => this.draw());
    this.sizer.observe(this.stage);
  }

  build() {
    this.headline = element("p", { class: "headline" });
    this.detail = element("p", { class: "detail" });
    this.views = element("div", { class: "views" });
    this.bar = element("div", { class: "bar", role: "toolbar", "aria-label": "Playing and looking" });
    this.stage = element("div", { class: "stage" });
    this.svg = shape("svg", { role: "group" });
    this.playhead = shape("g", { class: "playhead", "pointer-events": "none" });
    this.tip = element("div", { class: "tip", hidden: "" });
    this.legend = element("div", { class: "legend" });
    this.bouts = element("div", { class: "bouts" });
    this.live = element("p", { class: "quiet", "aria-live": "polite" });
    this.stage.append(this.svg, this.tip);
    this.hint = element("p", { class: "hint" });
    const below = element("div", { class: "below" });
    below.append(this.legend, this.bouts);
    this.root.append(this.headline, this.detail, this.views, this.bar, this.stage, below, this.hint, this.live);
    this.buildBar();
    this.listen();
  }

  buildBar() {
    let part;
    const next = () => this.bar.append((part = element("span", { class: "part" })));
    const button = (label, text, act) => {
      const node = element("button", { type: "button", ...(label ? { "aria-label": label, title: label } : {}) }, text);
      node.addEventListener("click", act);
      part.append(node);
      return node;
    };
    next();
    this.playButton = button("Play or pause (space)", "▶ Play", () => this.toggle());
    this.time = element("output", { class: "time", "aria-label": "Time" });
    part.append(this.time);
    next();
    this.previous = button("Previous bout of the chosen pair (p)", "Previous bout", () => this.hop(-1));
    this.next = button("Next bout of the chosen pair (n)", "Next bout", () => this.hop(1));
    const speed = element("select", { "aria-label": "Speed" });
    for (const rate of [0.25, 0.5, 1, 2, 4]) speed.append(element("option", { value: rate, ...(rate === 1 ? { selected: "" } : {}) }, `${rate}×`));
    speed.addEventListener("change", () => (this.rate = Number(speed.value)));
    part.append(speed);
    next();
    this.soundButton = button("", "Sound: off", () => this.sound());
    button("Zoom out (-)", "−", () => this.zoom(2));
    button("Zoom in (+)", "+", () => this.zoom(0.5));
    button("Whole observation (0)", "Whole", () => this.zoom(Infinity));
    this.bar.append(element("span", { class: "gap" }));
    next();
    button("Save SVG: the lanes as a picture", "Save SVG", () => saveSvg(this.data, this.view));
    button("Save PNG: the lanes as a picture", "Save PNG", () => savePng(this.data, this.view));
  }

  update(data, trigger) {
    const fresh = this.data?.key !== data.key;
    this.data = data;
    this.trigger = trigger;
    if (fresh) {
      this.pause();
      this.view = opening(data);
      this.t = data.at ?? data.start;
      this.openFilms();
    } else {
      this.films.forEach((film, i) => film.renew(data.views[i]));
    }
    this.highlight = null;
    this.headline.textContent = data.headline;
    this.detail.textContent = data.detail;
    this.hint.textContent = data.hint;
    this.fillLegend();
    this.fillBouts();
    this.draw();
    this.show();
  }

  openFilms() {
    this.films.forEach((film) => film.dispose());
    this.films = this.data.views.map((view) => new Film(view, this.data.end, () => this.trigger("expired", Date.now())));
    this.films.forEach((film) => (film.video.muted = true));
    this.views.replaceChildren(...this.films.map((film) => film.box));
    this.views.hidden = !this.films.length;
    this.views.dataset.count = this.films.length;
    this.soundButton.hidden = !this.films.some((film) => !film.failed);
    this.soundButton.textContent = "Sound: off";
    this.films.forEach((film) => film.seek(this.t));
  }

  // ---- drawing --------------------------------------------------------------------------------------------------

  draw() {
    const width = this.stage.clientWidth;
    if (!this.data || width < 50) return;
    const focused = this.root.getRootNode().activeElement; // drawing anew must not take the keyboard away
    this.place = layout(this.data, this.view, width);
    const lanes = paint(this.svg, this.data, this.place, SCREEN, this.highlight);
    lanes.forEach((node, i) => this.dress(node, this.data.lanes[i]));
    this.slider = this.svg.querySelector(".axis");
    for (const [key, value] of Object.entries({ tabindex: 0, role: "slider", "aria-label": "Time in the observation", "aria-valuemin": this.data.start, "aria-valuemax": this.data.end })) this.slider.setAttribute(key, value);
    this.svg.setAttribute("aria-label", `${this.data.title}. ${this.data.headline}`);
    this.playhead.replaceChildren(
      shape("line", { y1: 6, y2: this.place.height, stroke: SCREEN.play, "stroke-width": 2.5 }),
      shape("path", { d: "M-8 0h16v10l-8 9l-8 -9z", fill: SCREEN.play, stroke: SCREEN.ground }),
    );
    this.svg.append(this.playhead);
    if (focused?.dataset?.lane !== undefined) this.svg.querySelector(`[data-lane="${focused.dataset.lane}"]`)?.focus();
    else if (focused?.classList?.contains("axis")) this.slider.focus();
    this.show();
  }

  dress(node, lane) {
    node.setAttribute("tabindex", 0);
    node.setAttribute("role", "group");
    const who = lane.subject ? `${lane.subject}, ` : "";
    if (lane.kind === "curve") return node.setAttribute("aria-label", `${who}${lane.label}: a curve. Left and right arrows go a tenth of a second.`);
    node.setAttribute("aria-label", `${who}${lane.label}: ${lane.bars.length + (lane.points ?? []).length} events. Left and right arrows go from event to event.`);
  }

  show() {
    if (!this.place) return;
    const x = this.place.x(this.t);
    const inside = this.t >= this.view[0] - 1 && this.t <= this.view[1] + 1;
    this.playhead.setAttribute("transform", `translate(${x} 0)`);
    this.playhead.setAttribute("visibility", inside ? "visible" : "hidden");
    this.slider.setAttribute("aria-valuenow", Math.round(this.t));
    this.slider.setAttribute("aria-valuetext", clock(this.t, 1));
    this.time.textContent = `${clock(this.t, 2)} / ${clock(this.data.end)}`;
  }

  fillLegend() {
    this.legend.replaceChildren(...this.data.legend.map((block) => {
      const part = element("div", { class: "block" });
      part.append(element("span", { class: "group" }, block.title));
      block.entries.forEach((entry) => part.append(this.legendEntry(entry)));
      return part;
    }));
  }

  legendEntry(entry) {
    const fixed = entry.index === undefined;
    const node = element(fixed ? "span" : "button", { class: "entry", ...(fixed ? {} : { type: "button", "aria-pressed": "false", title: "Show only this code" }) });
    const icon = shape("svg", { width: 24, height: 17, "aria-hidden": "true" });
    icon.append(swatch(entry, 1, 1, SCREEN)); // its hatching is defined in the svg of the lanes
    node.append(icon, element("span", {}, entry.label));
    if (!fixed) node.addEventListener("click", () => {
      this.highlight = this.highlight === entry.index ? null : entry.index;
      for (const other of this.legend.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === node && this.highlight !== null));
      this.draw();
    });
    return node;
  }

  fillBouts() {
    const { pair, list } = this.data;
    const none = !pair || !pair.bouts.length;
    this.previous.hidden = this.next.hidden = none && !list?.rows.length;
    this.bouts.replaceChildren(...(list ? [placeList(list, (one) => this.visit(one))] : []));
    this.name(this.previous, list ? "Previous episode" : "Previous bout", list ? "Previous episode (p)" : "Previous bout of the chosen pair (p)");
    this.name(this.next, list ? "Next episode" : "Next bout", list ? "Next episode (n)" : "Next bout of the chosen pair (n)");
    if (none) return;
    const table = element("table");
    const head = element("tr");
    head.append(...["", "Start", "End", "Seconds"].map((text) => element("th", { scope: "col" }, text)));
    const rows = pair.bouts.map(([onset, offset], i) => {
      const row = element("tr");
      const go = element("button", { type: "button" }, `▶ ${i + 1}`);
      go.setAttribute("aria-label", `Go to bout ${i + 1} at ${clock(onset, 1)}`);
      go.addEventListener("click", () => this.seek(onset));
      const cell = element("td");
      cell.append(go);
      row.append(cell, ...[clock(onset, 1), clock(offset, 1), ((offset - onset) / 1000).toFixed(1)].map((text) => element("td", {}, text)));
      return row;
    });
    table.append(element("caption", {}, `${pair.label}: ${pair.bouts.length} ${pair.bouts.length === 1 ? "bout" : "bouts"}`), head, ...rows);
    this.bouts.append(table);
  }

  name(button, text, title) {
    button.textContent = text;
    button.title = title;
    button.setAttribute("aria-label", title);
  }

  // Goes to a place of the list and shows the time around it.
  visit(one) {
    this.view = [Math.max(one.view[0], this.data.start), Math.min(one.view[1], this.data.end)];
    this.seek(one.at);
    this.draw();
  }

  // ---- time -----------------------------------------------------------------------------------------------------

  seek(ms) {
    this.t = Math.min(Math.max(ms, this.data.start), this.data.end);
    this.films.forEach((film) => film.seek(this.t));
    this.follow();
    this.show();
  }

  follow() {
    const length = this.view[1] - this.view[0];
    if (this.t >= this.view[0] && this.t <= this.view[1]) return;
    const start = Math.min(Math.max(this.t - length * 0.1, this.data.start), this.data.end - length);
    this.view = [start, start + length];
    this.draw();
  }

  zoom(factor) {
    const whole = this.data.end - this.data.start;
    const length = Math.min(whole, Math.max(2000, (this.view[1] - this.view[0]) * factor));
    const start = Math.min(Math.max(this.t - length / 2, this.data.start), this.data.end - length);
    this.view = [start, start + length];
    this.draw();
  }

  hop(direction) {
    if (this.data.list) return this.hopInList(direction);
    const starts = this.data.pair.bouts.map(([onset]) => onset);
    const found = direction > 0 ? starts.find((ms) => ms > this.t + 20) : starts.filter((ms) => ms < this.t - 20).at(-1);
    if (found !== undefined) this.seek(found);
  }

  hopInList(direction) {
    const { rows } = this.data.list;
    const found = direction > 0 ? rows.find((one) => one.at > this.t + 20) : rows.filter((one) => one.at < this.t - 20).at(-1);
    if (found) this.visit(found);
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.t >= this.data.end) this.seek(this.data.start);
    this.playing = true;
    this.playButton.textContent = "Pause";
    this.last = performance.now();
    this.waited = 0;
    this.frame = requestAnimationFrame((now) => this.step(now));
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.playButton.textContent = "▶ Play";
    this.films.forEach((film) => film.stop(this.t));
  }

  // The first running video keeps the clock; without one, the wall clock does. A video about to start is waited for.
  step(now) {
    const passed = Math.max(0, now - this.last);
    this.last = now;
    const leader = this.films.find((film) => film.running() && film.covers(film.time()));
    const starting = this.films.some((film) => film.covers(this.t));
    if (leader) this.t = leader.time();
    else if (!starting || (this.waited += passed) > 1500) this.t += passed * this.rate;
    if (leader) this.waited = 0;
    if (this.t >= this.data.end) {
      this.t = this.data.end;
      this.pause();
      return this.show();
    }
    this.films.forEach((film) => film.follow(this.t, this.rate, film === leader));
    this.follow();
    this.show();
    this.frame = requestAnimationFrame((next) => this.step(next));
  }

  sound() {
    const first = this.films.find((film) => !film.failed);
    if (!first) return;
    first.video.muted = !first.video.muted;
    this.soundButton.textContent = first.video.muted ? "Sound: off" : "Sound: on";
  }

  // ---- pointer and keys -----------------------------------------------------------------------------------------

  listen() {
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.svg.addEventListener("pointerdown", (event) => this.press(event));
    this.svg.addEventListener("pointerup", () => (this.scrubbing = false));
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("focusout", () => (this.tip.hidden = true));
  }

  under(event) {
    const box = this.svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const ms = this.view[0] + (x - this.place.gutter) / this.place.scale;
    const row = this.place.rows.find((one) => one.lane && y >= one.y - 3 && y <= one.y + one.height + 3);
    const inside = x >= this.place.gutter && x <= this.place.width - 12;
    return { x, y, ms, row: inside ? row : undefined, axis: y < 30 && x >= this.place.gutter - 8 };
  }

  // The event under a moment: a point close by, else the piece that covers it (with two pixels of grace).
  pick(row, ms, y) {
    const near = 6 / this.place.scale;
    const point = (row.lane.points ?? []).find((one) => Math.abs(one[0] - ms) < near);
    if (point) return { bars: [point], onset: point[0], offset: point[0] };
    const sub = Math.max(0, Math.min(row.lane.rows - 1, Math.floor(((y - row.y) / row.height) * row.lane.rows)));
    const grace = 2 / this.place.scale;
    return row.pieces.find((one) => one.row === sub && ms >= one.onset && ms < one.offset)
      ?? row.pieces.find((one) => one.row === sub && ms >= one.onset - grace && ms < one.offset + grace);
  }

  point(event) {
    const at = this.under(event);
    if (this.scrubbing) return this.seek(at.ms);
    if (!at.row) return (this.tip.hidden = true);
    this.describe(at.row, this.pick(at.row, at.ms, at.y), at.ms, at.x, at.row.y + at.row.height);
  }

  press(event) {
    const at = this.under(event);
    if (at.axis) {
      this.scrubbing = true;
      this.svg.setPointerCapture(event.pointerId);
      this.slider.focus();
      this.seek(at.ms);
    } else if (at.row) {
      const piece = this.pick(at.row, at.ms, at.y);
      this.seek(piece && !event.shiftKey ? piece.onset : at.ms);
    }
  }

  lines(row, piece, ms) {
    const { lane } = row;
    if (lane.kind === "curve") return curveWords(lane, this.data, ms);
    const where = [lane.subject, lane.label].filter(Boolean).join(" · ");
    if (!piece) return [lane.kind === "codes" ? "Not coded" : "No", where, clock(ms, 1)];
    const spell = (bar) => {
      const name = lane.kind === "codes" ? this.data.codes[bar[2]].label : lane.label;
      return bar[3] ? `${name} (${bar[3]})` : name;
    };
    const seconds = (bar) => `${((bar[1] - bar[0]) / 1000).toFixed(2)} s`;
    const when = piece.offset > piece.onset ? `${clock(piece.onset, 2)} to ${clock(piece.offset, 2)}` : `at ${clock(piece.onset, 2)}`;
    if (piece.bars.length === 1) return [spell(piece.bars[0]), where, piece.offset > piece.onset ? `${when} · ${seconds(piece.bars[0])}` : when, lane.kind === "codes" ? piece.bars[0][5] ?? "" : ""];
    const some = piece.bars.slice(0, 6).map((bar) => `${spell(bar)}, ${seconds(bar)}`);
    const more = piece.bars.length > 6 ? [`and ${piece.bars.length - 6} more`] : [];
    return [`${piece.bars.length} short bouts (zoom in to see them)`, where, when, ...some, ...more];
  }

  describe(row, piece, ms, x, y) {
    const lines = this.lines(row, piece, ms).filter(Boolean);
    this.tip.replaceChildren(...lines.map((line, i) => element(i ? "div" : "strong", {}, line)));
    this.tip.hidden = false;
    const left = Math.min(Math.max(x + 12, 0), this.place.width - this.tip.offsetWidth);
    this.tip.style.transform = `translate(${left}px, ${y + 6}px)`;
    return lines;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const from = event.composedPath()[0];
    const control = ["BUTTON", "SELECT"].includes(from.tagName);
    const lane = from.dataset?.lane;
    const big = event.shiftKey ? 10000 : 1000;
    const moves = {
      " ": () => this.toggle(), Home: () => this.seek(this.data.start), End: () => this.seek(this.data.end),
      PageUp: () => this.seek(this.t - 10000), PageDown: () => this.seek(this.t + 10000),
      ArrowLeft: () => (lane === undefined ? this.seek(this.t - big) : this.walk(Number(lane), -1)),
      ArrowRight: () => (lane === undefined ? this.seek(this.t + big) : this.walk(Number(lane), 1)),
      ArrowUp: () => this.neighbour(lane, -1), ArrowDown: () => this.neighbour(lane, 1),
      "+": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.zoom(Infinity),
      n: () => (this.data.pair || this.data.list) && this.hop(1), p: () => (this.data.pair || this.data.list) && this.hop(-1),
    };
    const move = moves[event.key];
    if (!move || (control && (event.key === " " || from.tagName === "SELECT")) || (event.key.startsWith("Arrow") && event.key.length < 10 && lane === undefined && (event.key === "ArrowUp" || event.key === "ArrowDown"))) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }

  walk(index, direction) {
    const row = this.place.rows.find((one) => one.index === index);
    if (row.lane.kind === "curve") return this.seek(this.t + direction * 100);
    const events = [...row.lane.bars, ...(row.lane.points ?? [])].sort((a, b) => a[0] - b[0]);
    const found = direction > 0 ? events.find((bar) => bar[0] > this.t + 0.5) : events.filter((bar) => bar[0] < this.t - 0.5).at(-1);
    if (!found) return;
    this.seek(found[0]);
    const now = this.place.rows.find((one) => one.index === index);
    const lines = this.describe(now, { bars: [found], onset: found[0], offset: found[1] }, found[0], this.place.x(found[0]), now.y + now.height);
    this.live.textContent = lines.join(", ");
  }

  neighbour(lane, direction) {
    if (lane === undefined) return;
    this.svg.querySelector(`[data-lane="${Number(lane) + direction}"]`)?.focus();
  }

  dispose() {
    this.pause();
    this.sizer.disconnect();
    this.films.forEach((film) => film.dispose());
  }
}

const timelines = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".timeline");
  if (!timelines.has(root)) timelines.set(root, new Timeline(root));
  timelines.get(root).update(data, setTriggerValue);
  return () => timelines.get(root).dispose();
}
