// The bundle that holds the reader's key, opens copies, checks and draws them.
export { forget, makeIdentity, newPhrase, open, recipient, restore, unwrap, wrap, wrapByPhrase } from "./sealed/identity.js";
export { checkCopy } from "./sealed/check.js";
export { drawSeal, drawSheet } from "./sealed/sheet.js";
