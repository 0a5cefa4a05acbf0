// Light and dark, and the colours of charts in both. Groups differ in shape too, for those who cannot tell colours apart.

const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const darkWanted = window.matchMedia("(prefers-color-scheme: dark)");

const GROUPS = {
  process: ["#c4161f", "#ff7b72", "triangle-up"],
  network: ["#0757b8", "#58a6ff", "circle"],
  dns: ["#0b6b74", "#39c5cf", "diamond"],
  web: ["#7a3fd0", "#bc8cff", "pentagon"],
  filesystem: ["#8a6100", "#e3b341", "square"],
  database: ["#1a7332", "#3fb950", "hexagon2"],
  custom: ["#b34400", "#ffa066", "star-diamond"],
  imports: ["#4f5862", "#a3adb8", "cross"],
  dynamic_code: ["#ab2f80", "#f778ba", "star"],
  native: ["#7d2d00", "#e0986a", "hexagon"],
  serialization: ["#51319c", "#d2a8ff", "triangle-down"],
  interpreter: ["#35507a", "#9fb8e0", "octagon"],
};
const OTHER_GROUP = ["#5f6b76", "#8b98a5", "x"];
const OUTCOMES = {
  kept: ["#0757b8", "#58a6ff"],
  "sampled out": ["#9aa4b0", "#66717d"],
  "rate limited": ["#c98500", "#d9a520"],
  merged: ["#3d8f94", "#3aa5ab"],
  counted: ["#c3cad3", "#454e58"],
  dropped: ["#c4161f", "#ff7b72"],
};

const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : darkWanted.matches);
const shade = (pair) => pair[isDark() ? 1 : 0];
const groupColor = (group) => shade(Object.hasOwn(GROUPS, group) ? GROUPS[group] : OTHER_GROUP);
const groupSymbol = (group) => (Object.hasOwn(GROUPS, group) ? GROUPS[group] : OTHER_GROUP)[2];
const cssColor = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

function onTheme(redraw) {
  const button = byId("theme");
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.hidden = false;
  button.setAttribute("aria-label", "Change between light and dark");
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
    redraw();
  });
  darkWanted.addEventListener("change", () => { label(); redraw(); });
  label();
}
