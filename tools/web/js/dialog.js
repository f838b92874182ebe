// One dialog at a time: a heading, what to read, and what to do.
import { el } from "./dom.js";

/**
 * Shows a dialog. `body` is a list of nodes, `buttons` of [value, text, kind]; the promise is the
 * value of the button pressed, "" when it was closed otherwise. With `work`, pressing the button of
 * that name runs it and the dialog stays until it is done; a node it returns or throws is shown.
 */
export function showDialog({ title, body, buttons, work = {} }) {
  const opener = document.activeElement;
  const said = el("div", { "aria-live": "polite" });
  const row = el("div", { class: "go" });
  const heading = el("h2", { id: "dialog-h", tabindex: "-1" }, title);
  const dialog = el("dialog", { "aria-labelledby": "dialog-h" }, el("div", { class: "in" }, heading, body, said, row));
  const result = new Promise((resolve) => {
    const close = (value) => {
      dialog.returnValue = value;
      dialog.close();
    };
    for (const [value, text, kind] of buttons) {
      const button = el("button", { type: "button", class: `btn ${kind ?? ""}`.trim(), value }, text);
      button.addEventListener("click", async () => {
        if (!work[value]) return close(value);
        for (const each of row.children) each.disabled = true;
        dialog.setAttribute("aria-busy", "true");
        try {
          const done = await work[value](said);
          if (done !== false) close(value);
        } finally {
          dialog.removeAttribute("aria-busy");
          for (const each of row.children) each.disabled = false;
        }
      });
      row.append(button);
    }
    dialog.addEventListener("cancel", (event) => dialog.hasAttribute("aria-busy") && event.preventDefault());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener?.isConnected) opener.focus();
      resolve(dialog.returnValue);
    });
  });
  document.body.append(dialog);
  dialog.showModal();
  heading.focus();
  return result;
}

export const tellDialog = (title, body, text = "Close") =>
  showDialog({ title, body, buttons: [["close", text, "primary"]] });

/** Something short that passes; `link` is [href, text]. */
export function toast(text, link) {
  const place = document.getElementById("notices");
  if (!place) return;
  const note = el("p", { class: "toast" }, text, link ? [" ", el("a", { href: link[0] }, link[1])] : null);
  place.replaceChildren(note);
  if (link) globalThis.htmx?.process(note);
  setTimeout(() => note.remove(), 8000);
}
