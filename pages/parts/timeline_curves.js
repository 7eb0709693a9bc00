// Lanes that are a measured curve: r(t) or AU12, with shaded time behind it; and a list of places to go to.

const MOST_PER_PX = 3; // with more frames than this in a pixel only the lowest and the highest are drawn

function paintCurve(row, data, place, look) {
  const { lane, y, height } = row;
  row.pieces = [];
  const inner = place.width - place.gutter - 14;
  const level = (value) => y + height - 5 - ((value - lane.low) / (lane.high - lane.low)) * (height - 10);
  const group = shape("g", { class: "lane curve", "data-lane": row.index });
  group.append(shape("rect", { x: place.gutter, y, width: inner, height, fill: data.bands?.length ? "none" : look.ground, stroke: look.line, "stroke-width": 1 }));
  group.append(laneLabel(lane.label, y + height / 2 + 5, place.gutter - 50, 400, look));
  const window_ = shape("g", { "clip-path": "url(#window)" });
  for (const shade of lane.shades) window_.append(...paintShade(shade, row, data, place));
  for (const tick of lane.ticks) {
    const at = level(tick);
    const marked = tick === lane.rule;
    group.append(shape("text", { x: place.gutter - 6, y: at + 4, "font-size": 12, "text-anchor": "end", fill: look.text, "font-weight": marked ? 700 : 400 }, String(tick)));
    window_.append(shape("line", { x1: place.gutter, x2: place.gutter + inner, y1: at, y2: at, stroke: marked ? look.text : look.line, "stroke-width": marked ? 1.4 : 0.8, "stroke-dasharray": marked ? "6 4" : "none" }));
  }
  window_.append(shape("path", { d: curvePath(data.times, lane.values, place, level, data.gap), fill: "none", stroke: look.text, "stroke-width": 1.5, "stroke-linejoin": "round", "pointer-events": "none" }));
  group.append(window_);
  group.append(shape("rect", { class: "focus", x: place.gutter - 2, y: y - 2, width: inner + 4, height: height + 4, rx: 4, fill: "none", stroke: "none" }));
  return group;
}

function paintShade([onset, offset, code], row, data, place) {
  if (offset < place.view[0] || onset > place.view[1]) return [];
  const { unseen, colour } = data.codes[code];
  const width = Math.max((offset - onset) * place.scale, 1);
  return [shape("rect", { class: "shade", x: place.x(onset), y: row.y + 1, width, height: row.height - 2, fill: unseen ? "url(#unseen)" : colour, "fill-opacity": unseen ? 1 : 0.42 })];
}

// The curve in sight: broken where nothing was measured and over gaps in time.
function curvePath(times, values, place, level, gap) {
  const from = Math.max(0, firstAfter(times, place.view[0]) - 1);
  const to = Math.min(times.length, firstAfter(times, place.view[1]) + 1);
  const thin = (to - from) / Math.max(1, (place.view[1] - place.view[0]) * place.scale) > MOST_PER_PX;
  const parts = [];
  let pen = false;
  let column = null;
  const flush = () => {
    if (column) parts.push(`${pen ? "L" : "M"}${column.x} ${column.low.toFixed(1)}L${column.x} ${column.high.toFixed(1)}`);
    pen = pen || column !== null;
    column = null;
  };
  for (let i = from; i < to; i++) {
    const broken = values[i] === null || (i > from && times[i] - times[i - 1] > gap);
    if (broken) {
      flush();
      pen = false;
    }
    if (values[i] === null) continue;
    const [x, y] = [place.x(times[i]), level(values[i])];
    if (!thin) {
      parts.push(`${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
      pen = true;
      continue;
    }
    const pixel = Math.round(x);
    if (column && column.x !== pixel) flush();
    column = column ? { x: pixel, low: Math.min(column.low, y), high: Math.max(column.high, y) } : { x: pixel, low: y, high: y };
  }
  flush();
  return parts.join("") || "M0 0";
}

function firstAfter(times, ms) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

// What the pointer says over a curve: the nearest frame, and what its time is shaded for.
function curveWords(lane, data, ms) {
  const after = Math.min(firstAfter(data.times, ms), data.times.length - 1);
  const nearest = after > 0 && ms - data.times[after - 1] < data.times[after] - ms ? after - 1 : after;
  const value = lane.values[nearest];
  const said = value === null || Math.abs(data.times[nearest] - ms) > data.gap ? "Not measured" : `${value.toFixed(2)} ${lane.unit}`.trim();
  const shaded = lane.shades.filter(([onset, offset]) => ms >= onset && ms < offset).map(([, , code]) => data.codes[code].label);
  return [said, lane.label, clock(ms, 2), ...new Set(shaded)];
}

// A table of places: a click goes there and shows the time around it.
function placeList(list, go) {
  const table = element("table", { class: "places" });
  const head = element("tr");
  head.append(...["", ...list.head].map((text) => element("th", { scope: "col" }, text)));
  const rows = list.rows.map((one, i) => {
    const row = element("tr", one.quiet ? { class: "left-out" } : {});
    const button = element("button", { type: "button", "aria-label": `Show episode ${i + 1} at ${clock(one.at, 1)}` }, `▶ ${i + 1}`);
    button.addEventListener("click", () => go(one));
    const cell = element("td");
    cell.append(button);
    row.append(cell, ...one.cells.map((text) => element("td", {}, text)));
    return row;
  });
  table.append(element("caption", {}, list.caption), head, ...rows);
  return table;
}
