// Dark or light, as the page is.

/** Whether the page is dark: what JupyterLab, VS Code or the page's colour scheme say, else how bright the page is. */
export function isDark() {
  const { body } = document;
  if (body.dataset.jpThemeLight !== undefined) return body.dataset.jpThemeLight === "false";
  if (body.dataset.vscodeThemeKind) return !body.dataset.vscodeThemeKind.includes("light");
  const scheme = getComputedStyle(body).colorScheme;
  if (scheme === "dark" || scheme === "light") return scheme === "dark";
  const rgba = getComputedStyle(body).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [];
  if (rgba.length === 3 || rgba[3] > 0.5) return rgba[0] + rgba[1] + rgba[2] < 384;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Give an element the class `dark` where the page is dark, and tell of it, from now until `signal` says. */
export function followTheme(root, signal, call) {
  let before = null;
  const set = () => {
    const dark = isDark();
    if (dark === before) return;
    before = dark;
    root.classList.toggle("dark", dark);
    call(dark);
  };
  const watch = new MutationObserver(set);
  const attributeFilter = ["data-jp-theme-light", "class", "style", "data-theme", "data-vscode-theme-kind"];
  for (const node of [document.documentElement, document.body]) watch.observe(node, { attributes: true, attributeFilter });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", set, { signal });
  signal.addEventListener("abort", () => watch.disconnect());
  set();
}
