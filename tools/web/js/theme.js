// Light, dark, or as the system: a cookie on this device, which the server reads to begin with.
const COOKIE = "reftel-theme";
const YEAR = 31536000;

function show(choice) {
  if (choice) document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll("[data-set-theme]"))
    button.setAttribute("aria-pressed", String(button.dataset.setTheme === choice));
}

export function startTheme() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-set-theme]");
    if (!button) return;
    const choice = button.dataset.setTheme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${COOKIE}=${choice}; Path=/; SameSite=Strict; Max-Age=${choice ? YEAR : 0}${secure}`;
    show(choice);
  });
  const refresh = () => show(document.documentElement.dataset.theme ?? "");
  document.addEventListener("htmx:after:swap", refresh);
  refresh();
}
