import { button, dress } from "./dom.js";

const KEY = "parley theme";

/** Dark or light: as the system has it, until the switch says otherwise. @param {() => void} onChange */
export function mountTheme(onChange) {
  const toggle = button("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (localStorage.getItem(KEY) ?? (system.matches ? "dark" : "light")) === "dark";

  const show = () => {
    const chosen = localStorage.getItem(KEY);
    if (chosen) document.documentElement.dataset.theme = chosen;
    toggle.setAttribute("aria-pressed", String(isDark()));
    dress(toggle, isDark() ? "sun" : "moon");
    onChange();
  };
  toggle.addEventListener("click", () => {
    localStorage.setItem(KEY, isDark() ? "light" : "dark");
    show();
  });
  system.addEventListener("change", show);
  show();
}
