// Saves a figure of the page as SVG or PNG at the width of a journal, dark on white in both themes.
// It presses the figure's own camera, on a copy of the figure; nothing leaves this computer.

const CHOICES = [
  ["SVG", "svg", "letters and lines stay sharp at any size"],
  ["PNG", "png", "300 dots per inch"],
];
const PAPER = "#FFFFFF";
const INK = "#16202A";
const LETTERS = "Arial, Helvetica, sans-serif"; // on every computer; the screen's own are not in a file

const parsed = (colour) => {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = "#808080";
  context.fillStyle = colour;
  const said = context.fillStyle;
  if (!said.startsWith("#")) return null;
  return [1, 3, 5].map((place) => parseInt(said.slice(place, place + 2), 16));
};

// Letters and lines of the dark theme: nearly white, nearly grey.
const pale = (colour) => {
  const parts = parsed(colour);
  return parts != null && Math.min(...parts) > 150 && Math.max(...parts) - Math.min(...parts) < 40;
};

const same = (one, other) => String(one).replace(/\s/g, "").toLowerCase() === String(other).replace(/\s/g, "").toLowerCase();

// A deep copy in which `change(key, text)` may replace texts; typed arrays and dates stay as they are.
const copied = (value, change, key = "") => {
  if (typeof value === "string") return change(key, value);
  if (Array.isArray(value)) return value.map((one) => copied(one, change, key));
  if (value != null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copied(one, change, name)]));
  }
  return value;
};

export const printed = (figure) => {
  const letters = figure._fullLayout?.font?.color ?? "";
  const inLayout = (key, text) => (key === "family" ? LETTERS : key === "color" && pale(text) ? INK : text);
  const inData = (key, text) => (key === "family" ? LETTERS : same(text, letters) && pale(text) ? INK : text);
  const layout = copied(figure.layout, inLayout);
  return {
    data: copied(figure.data, inData),
    layout: { ...layout, font: { ...layout.font, family: LETTERS }, paper_bgcolor: PAPER, plot_bgcolor: PAPER, autosize: false },
  };
};

const camera = (figure) =>
  (figure?._fullLayout?._modeBar?.buttons ?? []).flat().find((one) => one.name === "toImage");

// The link that plotly presses to save a file would close what is open around the button: its click goes no further.
const hush = () => {
  const stop = (event) => {
    if (event.target.closest?.("a[download]") == null) return;
    event.stopImmediatePropagation();
    window.removeEventListener("click", stop, true);
  };
  window.addEventListener("click", stop, true);
};

const save = (data, format) => {
  const figure = document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`);
  const button = camera(figure);
  if (button == null) return false;
  const scale = format === "svg" ? data.svg_scale : data.png_scale;
  const options = { format, filename: data.file, width: data.width, height: data.height, scale };
  const config = { ...figure._context, toImageButtonOptions: options };
  hush();
  button.click({ ...printed(figure), config, _context: config });
  return true;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".take");
  root.replaceChildren(
    ...CHOICES.map(([name, format, said]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.title = said;
      button.onclick = () => {
        if (save(data, format)) setTriggerValue("saved", `${data.file}.${format}`);
        else root.querySelector("p").textContent = "Use the camera above the figure.";
      };
      return button;
    }),
    document.createElement("p"),
  );
}
