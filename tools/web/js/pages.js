// What a browser does by itself when it loads a page, done again when htmx swaps one in.
function arrived(event) {
  const { ctx } = event.detail ?? {};
  if (ctx?.target !== document.body || ctx.request?.method !== "GET") return;
  if (!ctx.request.anchor) scrollTo(0, 0);
  const heading = document.querySelector("main h1") ?? document.getElementById("main");
  if (!heading) return;
  if (!heading.hasAttribute("tabindex")) heading.setAttribute("tabindex", "-1");
  if (!document.activeElement || document.activeElement === document.body) heading.focus({ preventScroll: true });
}

/** Times as the reader's clock has them, beside those of the office: a title on each. */
function localTimes() {
  for (const time of document.querySelectorAll("time[datetime]:not([title])")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.title = `${at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}, your clock`;
  }
}

export function startPages() {
  document.addEventListener("htmx:after:swap", (event) => {
    arrived(event);
    localTimes();
  });
  localTimes();
}
