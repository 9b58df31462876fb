/* On every page: "/" leads to the search field, a summary of errors takes the focus, and the browser's copy
   of a text (see editor.js) is dropped once the site has it. */

document.querySelector("[data-focus]")?.focus();

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))) return;
  event.preventDefault();
  const field = document.querySelector("input[type=search]");
  if (field instanceof HTMLInputElement) {
    field.focus();
    field.select();
  } else {
    document.querySelector("[data-search-page]")?.click();
  }
});

try {
  const sent = sessionStorage.getItem("demain:sent");
  sessionStorage.removeItem("demain:sent");
  if (sent && !document.querySelector("[data-typed]") && document.querySelector(".masthead form")) localStorage.removeItem(sent);
} catch {
  /* Storage is forbidden: there is no copy then. */
}
