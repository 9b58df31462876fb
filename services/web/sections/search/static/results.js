/* Results and facets that follow what is typed and checked. The page fetched is the page one would get
   by sending the form; only its results and facets are taken over, and the address says what is shown.
   Without a connection the results stay, with a sentence that says so, and the search goes on once it is back. */

const form = document.getElementById("search-form");
const WAIT = 220;
let timer = 0;
let asked = null;
let waiting = null;

function address() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (String(value).trim()) query.append(name, value);
  const text = query.toString();
  return form.action + (text ? `?${text}` : "");
}

async function show(url, { push }) {
  asked?.abort();
  const mine = (asked = new AbortController());
  const results = document.getElementById("results");
  results.setAttribute("aria-busy", "true");
  let html;
  try {
    const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "text/html" } });
    html = await answer.text();
  } catch (error) {
    if (error.name !== "AbortError") miss(url, push);
    return;
  }
  if (mine.signal.aborted) return;
  arrived();
  const fresh = new DOMParser().parseFromString(html, "text/html");
  if (!fresh.getElementById("results")) return location.assign(url);
  if (push) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  document.title = fresh.title;
  take(fresh);
}

/* Nothing came: the results shown are of another search, so a sentence says so. */
function miss(url, push) {
  waiting = () => show(url, { push });
  const results = document.getElementById("results");
  results.removeAttribute("aria-busy");
  let note = results.querySelector(".missed");
  if (!note) {
    note = document.createElement("div");
    note.className = "missed kept";
    note.setAttribute("role", "alert");
    results.prepend(note);
  }
  const words = document.createElement("span");
  words.textContent = navigator.onLine ? results.dataset.unanswered : results.dataset.offline;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "plain";
  again.textContent = results.dataset.again;
  again.addEventListener("click", () => waiting?.());
  note.replaceChildren(words, again);
}

function arrived() {
  waiting = null;
  document.querySelector("#results > .missed")?.remove();
}

function take(fresh) {
  const focused = document.activeElement?.id;
  const open = [...document.querySelectorAll("#facets details")].map((one) => one.open);
  const found = document.getElementById("found");
  const results = document.getElementById("results");
  const words = fresh.getElementById("found").textContent.trim();

  // The live region stays the same element, so that the new count is announced.
  const head = results.querySelector(".results-head");
  const freshHead = fresh.querySelector("#results .results-head");
  if (found.textContent.trim() !== words) found.textContent = words;
  head.querySelector(".sort")?.remove();
  head.querySelector("input[name=sort]")?.remove();
  const sort = freshHead.querySelector(".sort, input[name=sort]");
  if (sort) head.append(sort);
  while (head.nextSibling) head.nextSibling.remove();
  while (freshHead.nextSibling) results.append(freshHead.nextSibling);
  results.removeAttribute("aria-busy");

  for (const selector of ["#facets", ".filters > summary"]) {
    const old = document.querySelector(selector);
    const next = fresh.querySelector(selector);
    if (old && next) old.replaceChildren(...next.childNodes);
  }
  // Links that lead back here, or here in another language, follow what is shown.
  const links = fresh.querySelectorAll(".masthead .me a");
  document.querySelectorAll(".masthead .me a").forEach((link, at) => links[at] && (link.href = links[at].getAttribute("href")));
  document.querySelectorAll("#facets details").forEach((one, at) => (one.open = open[at] ?? one.open));
  tidy();
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function tidy() {
  const apply = document.querySelector("#facets .apply");
  if (apply) apply.hidden = true;
}

if (form) {
  tidy();
  form.q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => show(address(), { push: false }), WAIT);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    show(address(), { push: address() !== location.href });
  });
  document.addEventListener("change", (event) => {
    const control = event.target;
    if (control.form !== form || control === form.q) return;
    if (control.type === "date" && !control.checkValidity()) return;
    show(address(), { push: true });
  });
  window.addEventListener("online", () => waiting?.());
  window.addEventListener("popstate", async () => {
    const query = new URL(location.href).searchParams;
    form.q.value = query.get("q") ?? "";
    show(location.href, { push: false });
  });
}
