// Geometry and painting of the lanes: the same functions draw the screen and the exported picture.
// Labels come from coding files: they reach the document as text nodes only, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const SHORT_PX = 4; // narrower bouts are merged with their short neighbours
const MERGED_PX = 8; // ... into pieces no wider than this, so that a merged piece never hides a long stretch
const MOST_RINGS = 24; // more rings in sight would hide what they point at; the lane of the pair still shows every bout
const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

const SCREEN = {
  text: "var(--st-text-color)", ground: "var(--st-background-color)", lane: "var(--st-secondary-background-color)",
  line: "rgba(128,128,128,.45)", play: "var(--st-primary-color)", font: "inherit",
};
const PAPER = {
  text: "#111111", ground: "#ffffff", lane: "#f6f6f6", line: "#b5b5b5", play: "none",
  font: "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif",
};

function shape(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function clock(ms, digits = 0) {
  const unit = 10 ** (3 - digits);
  const rounded = Math.round(Math.abs(ms) / unit) * unit;
  const minutes = Math.floor(rounded / 60000);
  const seconds = ((rounded - minutes * 60000) / 1000).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return `${ms < 0 && rounded ? "-" : ""}${minutes}:${seconds}`;
}

function textOn(colour) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#111111" : "#ffffff";
}

// Where everything stands: rows from top to bottom, and the scale from ms to px.
function layout(data, view, width) {
  const gutter = width < 760 ? 136 : 196;
  const rows = [];
  let y = data.bands?.length ? 58 : 34;
  let subject = null;
  data.lanes.forEach((lane, index) => {
    if (lane.subject !== subject && lane.subject) {
      y += subject === null ? 2 : 10;
      rows.push({ heading: lane.subject, y });
      y += 24;
    }
    if (lane.subject !== subject && !lane.subject) y += 12;
    subject = lane.subject;
    const height = lane.kind === "curve" ? lane.tall : lane.kind === "codes" ? Math.max(28, 14 * lane.rows) : lane.thin ? 11 : 20;
    rows.push({ lane, index, y, height });
    y += height + (lane.kind === "codes" ? 5 : 7);
  });
  const right = 14;
  const scale = (width - gutter - right) / (view[1] - view[0]);
  return { rows, gutter, width, height: y + 4, scale, view, x: (ms) => gutter + (ms - view[0]) * scale };
}

function paint(svg, data, place, look, highlight = null) {
  svg.replaceChildren();
  svg.setAttribute("width", place.width);
  svg.setAttribute("height", place.height);
  svg.setAttribute("font-family", look.font);
  svg.append(patterns(place));
  svg.append(axis(place, look));
  svg.append(episodes(data, place, look));
  const lanes = place.rows.filter((row) => row.lane).map((row) => paintLane(row, data, place, look, highlight));
  for (const row of place.rows) {
    if (row.heading) svg.append(shape("text", { x: 0, y: row.y + 16, "font-size": 16, "font-weight": 700, fill: look.text }, row.heading));
  }
  svg.append(...lanes);
  svg.append(circles(data, place, look));
  svg.append(names(data, place, look, highlight));
  return lanes;
}

function patterns(place) {
  const defs = shape("defs", {});
  const hatch = shape("pattern", { id: "unseen", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  hatch.append(shape("rect", { width: 7, height: 7, fill: "#bdbdbd", "fill-opacity": 0.28 }));
  hatch.append(shape("rect", { width: 2.2, height: 7, fill: "#8a8a8a", "fill-opacity": 0.62 }));
  const window_ = shape("clipPath", { id: "window" });
  window_.append(shape("rect", { x: place.gutter, y: 0, width: place.width - place.gutter - 14 + 0.5, height: place.height }));
  defs.append(hatch, window_);
  return defs;
}

function ticks(view, width) {
  const wanted = ((view[1] - view[0]) / 1000) * (64 / width);
  const step = (STEPS_S.find((s) => s >= wanted) ?? STEPS_S.at(-1)) * 1000;
  const found = [];
  for (let t = Math.ceil(view[0] / step) * step; t <= view[1] + 0.5; t += step) found.push(t);
  return { found, digits: step < 1000 ? 1 : 0 };
}

function axis(place, look) {
  const group = shape("g", { class: "axis" });
  const inner = place.width - place.gutter - 14;
  group.append(shape("rect", { class: "scrub", x: place.gutter, y: 0, width: inner, height: 28, rx: 4, fill: look.lane }));
  group.append(shape("text", { x: 0, y: 19, "font-size": 13, fill: look.text }, "Time (min:s)"));
  const { found, digits } = ticks(place.view, inner);
  found.forEach((t, i) => {
    const x = place.x(t);
    const anchor = x - place.gutter < 12 ? "start" : place.width - x < 30 ? "end" : "middle";
    group.append(shape("line", { x1: x, x2: x, y1: 22, y2: place.height - 4, stroke: look.line, "stroke-width": i ? 0.7 : 1 }));
    group.append(shape("text", { x: anchor === "start" ? x + 10 : x, y: 18, "font-size": 13, "text-anchor": anchor, fill: look.text }, clock(t, digits)));
  });
  return group;
}

// Named stretches behind all lanes: the episodes of a session, each with its name on top.
function episodes(data, place, look) {
  const group = shape("g", { class: "episodes", "clip-path": "url(#window)", "pointer-events": "none" });
  for (const [onset, offset, title, colour] of data.bands ?? []) {
    const [x, width] = [place.x(onset), (offset - onset) * place.scale];
    group.append(shape("rect", { x, y: 32, width, height: Math.max(place.height - 34, 0), fill: colour, "fill-opacity": 0.16 }));
    group.append(shape("line", { x1: x, x2: x, y1: 32, y2: place.height - 2, stroke: colour, "stroke-width": 1.5 }));
    const left = Math.max(x, place.gutter);
    const room = Math.min(x + width, place.width - 14) - left;
    const size = room > title.length * 7 + 12 ? 13.5 : 11;
    if (room > title.length * 5.2) group.append(shape("text", { x: left + (size > 12 ? 6 : 2), y: 48, "font-size": size, "font-weight": 700, fill: look.text }, title));
  }
  return group;
}

function paintLane(row, data, place, look, highlight) {
  const { lane, y, height } = row;
  if (lane.kind === "curve") return paintCurve(row, data, place, look);
  const group = shape("g", { class: "lane", "data-lane": row.index });
  const inner = place.width - place.gutter - 14;
  const frame = { x: place.gutter, y, width: inner, height };
  group.append(shape("rect", { ...frame, fill: data.bands?.length ? "none" : look.ground, stroke: look.line, "stroke-width": 1 }));
  const middle = y + height / 2;
  group.append(shape("line", { x1: place.gutter, x2: place.gutter + inner, y1: middle, y2: middle, stroke: look.line, "stroke-width": 1.4, "stroke-dasharray": lane.kind === "codes" ? "2 5" : "none" }));
  const bold = lane.kind === "together" ? 700 : 400;
  group.append(laneLabel(lane.label, y + height / 2 + 5, place.gutter - 10, bold, look));
  const window_ = shape("g", { "clip-path": "url(#window)" });
  row.pieces = lane.kind === "codes" ? pieces(lane, place) : lane.bars.map((bar) => ({ bars: [bar], onset: bar[0], offset: bar[1], row: 0 }));
  for (const piece of row.pieces) window_.append(...paintPiece(piece, row, data, place, look, highlight));
  for (const point of lane.points ?? []) window_.append(paintPoint(point, row, data, place, look, highlight));
  group.append(window_);
  group.append(shape("rect", { class: "focus", x: place.gutter - 2, y: y - 2, width: inner + 4, height: height + 4, rx: 4, fill: "none", stroke: "none" }));
  return group;
}

// A lane's name on one line, on two smaller ones when it is long, cut only when even that does not do.
function laneLabel(label, y, room, weight, look) {
  const group = shape("g", { "font-size": 14, "font-weight": weight, fill: look.text });
  group.append(shape("title", {}, label));
  if (label.length * 7.1 <= room) {
    group.append(shape("text", { x: 4, y }, label));
    return group;
  }
  const most = Math.floor(room / 6.4);
  const space = label.lastIndexOf(" ", most);
  const parts = space > 0 ? [label.slice(0, space), label.slice(space + 1)] : [label];
  group.setAttribute("font-size", 12);
  parts.forEach((part, i) => {
    const shown = part.length > most ? `${part.slice(0, most - 1)}…` : part;
    group.append(shape("text", { x: 4, y: y + (parts.length > 1 ? i * 13 - 7 : 0) }, shown));
  });
  return group;
}

// Bouts as they are drawn: neighbours too short to see become one piece with a mark.
function pieces(lane, place) {
  const found = [];
  for (let sub = 0; sub < lane.rows; sub++) {
    let run = null;
    for (const bar of lane.bars) {
      if ((bar[4] ?? 0) !== sub || bar[1] < place.view[0] || bar[0] > place.view[1]) continue;
      const short = (bar[1] - bar[0]) * place.scale < SHORT_PX;
      const joins = run && short && (bar[0] - run.offset) * place.scale < SHORT_PX && (bar[1] - run.onset) * place.scale <= MERGED_PX;
      if (joins) {
        run.bars.push(bar);
        run.offset = Math.max(run.offset, bar[1]);
      } else {
        const piece = { bars: [bar], onset: bar[0], offset: bar[1], row: sub };
        found.push(piece);
        run = short ? piece : null;
      }
    }
  }
  return found.sort((a, b) => a.onset - b.onset);
}

function longest(piece) {
  const time = new Map();
  for (const bar of piece.bars) time.set(bar[2], (time.get(bar[2]) ?? 0) + bar[1] - bar[0]);
  return [...time.entries()].sort((a, b) => b[1] - a[1])[0][0];
}

function paintPiece(piece, row, data, place, look, highlight) {
  const { lane, y, height } = row;
  const x = place.x(piece.onset);
  const width = Math.max((piece.offset - piece.onset) * place.scale, piece.bars.length > 1 ? SHORT_PX : lane.kind === "codes" ? 1.5 : 3);
  const depth = height / lane.rows;
  const box = { x, y: y + 1 + piece.row * depth, width, height: depth - 2 };
  if (lane.kind !== "codes") return [shape("rect", { ...box, y: y + 2, height: height - 4, rx: 2, fill: lane.colour ?? look.text, "fill-opacity": lane.kind === "together" || lane.colour ? 1 : 0.6 })];
  const code = data.codes[longest(piece)];
  const dim = highlight !== null && !piece.bars.some((bar) => bar[2] === highlight);
  const parts = [shape("rect", { ...box, fill: code.unseen ? "url(#unseen)" : code.colour, stroke: look.ground, "stroke-width": width > 3 ? 0.8 : 0, opacity: dim ? 0.15 : 1 })];
  if (piece.bars.length > 1) parts.push(shape("path", { class: "mark", d: `M${x + width / 2 - 4} ${y - 3}h8l-4 5z`, fill: look.text }));
  return parts;
}

// The name of a code inside its bar, wherever it fits; above the rings, so that they never cross it.
function names(data, place, look, highlight) {
  const group = shape("g", { "font-size": 13, "pointer-events": "none", "aria-hidden": "true" });
  for (const row of place.rows.filter((one) => one.lane?.kind === "codes")) {
    const depth = row.height / row.lane.rows;
    for (const piece of depth >= 20 ? row.pieces : []) {
      const number = longest(piece);
      const code = data.codes[number];
      const left = Math.max(place.x(piece.onset), place.gutter);
      const room = Math.min(place.x(piece.offset), place.width - 14) - left;
      if (room < code.label.length * 7.2 + 12 || (highlight !== null && highlight !== number)) continue;
      const y = row.y + (piece.row + 0.5) * depth + 4.5;
      group.append(shape("text", { x: left + 6, y, fill: code.unseen ? look.text : textOn(code.colour) }, code.label));
    }
  }
  return group;
}

function paintPoint(point, row, data, place, look, highlight) {
  const x = place.x(point[0]);
  const middle = row.y + row.height / 2;
  const code = data.codes[point[2]];
  return shape("path", {
    class: "point", d: `M${x} ${middle - 8}l6 8l-6 8l-6 -8z`, fill: code.unseen ? "#bdbdbd" : code.colour, stroke: look.text,
    "stroke-width": 1, opacity: highlight !== null && highlight !== point[2] ? 0.15 : 1,
  });
}

// The rings around the lanes of the chosen pair, as the circled events of a printed timeline.
function circles(data, place, look) {
  const group = shape("g", { class: "circles", "clip-path": "url(#window)", "pointer-events": "none" });
  const rows = (data.pair?.lanes ?? []).map((index) => place.rows.find((row) => row.index === index)).filter(Boolean);
  const bouts = (data.pair?.bouts ?? []).filter(([onset, offset]) => offset > place.view[0] && onset < place.view[1]);
  if (!rows.length || bouts.length > MOST_RINGS) return group;
  const top = Math.min(...rows.map((row) => row.y)) - 4;
  const bottom = Math.max(...rows.map((row) => row.y + row.height)) + 4;
  for (const [onset, offset] of bouts) {
    const width = Math.max((offset - onset) * place.scale, 4) + 6;
    const x = (place.x(onset) + place.x(offset)) / 2 - width / 2;
    const ring = { x, y: top, width, height: bottom - top, rx: Math.min(12, width / 2), fill: "none" };
    group.append(shape("rect", { ...ring, stroke: look.ground, "stroke-width": 4.5 }), shape("rect", { ...ring, stroke: look.text, "stroke-width": 2 }));
  }
  return group;
}

// ---- pictures -------------------------------------------------------------------------------------------------------

function picture(data, view) {
  const width = 1400;
  const margin = 28;
  const place = layout(data, view, width - 2 * margin);
  const svg = shape("svg", { xmlns: SVG, role: "img", "font-family": PAPER.font });
  const inner = shape("svg", { x: margin, y: 0 });
  paint(inner, data, place, PAPER);
  const head = [[data.title, 22, 700], [data.headline, 18, 700], ...wrapped(data.detail, 160).map((line) => [line, 15, 400])];
  if (view[0] !== data.start || view[1] !== data.end) head.push([`Shown: ${clock(view[0])} to ${clock(view[1])} of ${clock(data.end)}.`, 15, 400]);
  let y = margin;
  const texts = head.map(([text, size, weight]) => shape("text", { x: margin, y: (y += size + 7), "font-size": size, "font-weight": weight, fill: PAPER.text }, text));
  inner.setAttribute("y", y + 18);
  const legend = legendPicture(data, margin, y + place.height + 34, width - margin);
  const height = legend.bottom + 40;
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.append(shape("title", {}, data.title), shape("rect", { width, height, fill: PAPER.ground }), ...texts, inner, legend.group);
  svg.append(shape("text", { x: margin, y: height - 16, "font-size": 13, fill: "#444444" }, `${data.footer} · exported ${new Date().toISOString().slice(0, 10)}`));
  return svg;
}

function wrapped(text, most) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1).length + word.length > most) lines.push("");
    lines[lines.length - 1] += `${word} `;
  }
  return lines.map((line) => line.trim()).filter(Boolean);
}

function legendPicture(data, left, top, right) {
  const group = shape("g", {});
  let y = top;
  for (const block of data.legend) {
    group.append(shape("text", { x: left, y: (y += 22), "font-size": 15, "font-weight": 700, fill: PAPER.text }, block.title));
    let x = left + 230;
    for (const entry of block.entries) {
      const room = entry.label.length * 7.4 + 44;
      if (x + room > right) [x, y] = [left + 230, y + 24];
      group.append(swatch(entry, x, y - 13, PAPER));
      group.append(shape("text", { x: x + 28, y, "font-size": 14, fill: PAPER.text }, entry.label));
      x += room;
    }
    y += 4;
  }
  return { group, bottom: y };
}

function swatch(entry, x, y, look) {
  const group = shape("g", {});
  const box = { x, y, width: 22, height: 15, rx: 2 };
  const fill = entry.look === "unseen" ? "url(#unseen)" : entry.look === "uncoded" ? look.ground : entry.colour;
  if (entry.look === "mark") group.append(shape("path", { d: `M${x + 5} ${y + 4}h12l-6 8z`, fill: look.text }));
  else group.append(shape("rect", { ...box, fill, stroke: look.line }));
  if (entry.look === "uncoded") group.append(shape("line", { x1: x, x2: x + 22, y1: y + 7.5, y2: y + 7.5, stroke: look.line, "stroke-width": 1.6, "stroke-dasharray": "2 4" }));
  return group;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function svgText(data, view) {
  return new XMLSerializer().serializeToString(picture(data, view));
}

function saveSvg(data, view) {
  save(new Blob([svgText(data, view)], { type: "image/svg+xml" }), `${data.file}.svg`);
}

async function savePng(data, view) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(data, view))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width * 2, image.height * 2];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => save(blob, `${data.file}.png`), "image/png");
}
