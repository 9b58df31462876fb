/* Suggestions under a search field, as an ARIA combobox with a list box (ARIA Authoring Practices 1.2).
   Without this the field is a form like any other. On the search page, where results change as one types,
   the list opens only when asked for with the arrow down. */

const WAIT = 120;

for (const field of document.querySelectorAll("input[data-suggestions]")) attach(field);

function attach(field) {
  const box = field.form.querySelector(".suggestions");
  const onRequest = field.hasAttribute("data-live");
  const status = document.createElement("p");
  status.className = "sr";
  status.setAttribute("role", "status");
  field.form.append(status);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-controls", box.id);

  let active = -1;
  let timer = 0;
  let asked = null;

  const options = () => [...box.querySelectorAll("[role=option]")];
  const isOpen = () => !box.hidden && options().length > 0;

  function stopAsking() {
    clearTimeout(timer);
    asked?.abort();
  }

  function close() {
    stopAsking();
    box.hidden = true;
    active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    status.textContent = "";
  }

  /* The box shows a sentence instead of a list; the field is expanded for lists only. */
  function sayOffline() {
    const words = document.createElement("p");
    words.className = "absent";
    words.textContent = field.dataset.offline;
    box.replaceChildren(words);
    box.hidden = false;
    status.textContent = field.dataset.offline;
  }

  function choose(index) {
    const all = options();
    active = (index + all.length + 1) % (all.length + 1);
    if (active === all.length) active = -1;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === active)));
    if (active >= 0) {
      field.setAttribute("aria-activedescendant", all[active].id);
      all[active].scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  }

  async function ask(first = -1) {
    const text = field.value.trim();
    if (text.length < 2) return close();
    asked?.abort();
    const mine = (asked = new AbortController());
    try {
      const answer = await fetch(`${field.dataset.suggestions}?q=${encodeURIComponent(text)}`, { signal: mine.signal });
      if (!answer.ok) return close();
      const html = await answer.text();
      if (mine.signal.aborted || document.activeElement !== field) return;
      box.innerHTML = html;
    } catch (error) {
      if (error.name === "AbortError") return;
      close();
      if (!navigator.onLine && document.activeElement === field) sayOffline();
      return;
    }
    if (!options().length) return close();
    box.hidden = false;
    field.setAttribute("aria-expanded", "true");
    status.textContent = box.querySelector("[role=listbox]").dataset.count;
    choose(first);
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (onRequest) close();
    else timer = setTimeout(ask, WAIT);
  });

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (!isOpen()) return ask(step > 0 ? 0 : -1);
      // What is still on its way would take the list away from under the choice.
      stopAsking();
      choose(active === -1 && step < 0 ? options().length - 1 : active + step);
    } else if (event.key === "Escape" && !box.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && isOpen() && active >= 0) {
      event.preventDefault();
      location.assign(options()[active].dataset.href);
    } else if (event.key === "Tab") {
      close();
    }
  });

  field.addEventListener("blur", close);
  field.form.addEventListener("submit", close);
  box.addEventListener("mousedown", (event) => event.preventDefault());
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.href);
  });
}
