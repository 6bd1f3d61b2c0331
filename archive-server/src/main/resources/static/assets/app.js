// What every page does in the browser. No page needs it to be readable; markup says what is wanted by data-… attributes:
//   data-copy="text"               copies the text
//   data-dialog="id"               opens <dialog id>; inside it [data-close] closes
//   data-confirm="question"        on a form or button: asks before it is submitted
//   role="tablist" > a[role=tab]   tabs with arrow keys; aria-controls names the panel
//   data-since="2026-…" data-tick  counts elapsed time up; data-clock shows Beijing time
//   data-keys                      on a table or list: j/k move between rows, Enter opens, x marks its checkbox
//   data-check-all="name"          a checkbox that marks all of that name
//   data-submit                    a form control that submits its form when changed
//   data-print, data-back          buttons
const root = document.documentElement;
const on = (type, selector, handle) => document.addEventListener(type, (event) => {
  const element = event.target instanceof Element ? event.target.closest(selector) : null;
  if (element) handle(element, event);
});

// ---- toasts --------------------------------------------------------------------------------------------------
export function toast(text, kind = '') {
  const box = document.getElementById('toasts');
  const template = document.getElementById('toast');
  if (!box || !template) return;
  const item = template.content.firstElementChild.cloneNode(true);
  if (kind) item.classList.add(`toast-${kind}`);
  item.firstElementChild.textContent = text;
  item.lastElementChild.addEventListener('click', () => item.remove());
  box.append(item);
  while (box.childElementCount > 4) box.firstElementChild.remove();
  // An error stays until it is closed: it holds the number to report.
  if (kind !== 'bad') setTimeout(() => item.remove(), 6000);
}

// ---- theme, language ------------------------------------------------------------------------------------------
on('click', '[data-theme-switch]', () => {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  try { localStorage.setItem('theme', root.dataset.theme); } catch { /* this page only */ }
  document.dispatchEvent(new CustomEvent('tiezheng:theme', { detail: root.dataset.theme }));
});
for (const link of document.querySelectorAll('a[data-lang]')) {
  const address = new URL(location.href);
  address.searchParams.set('lang', link.dataset.lang);
  link.href = address.pathname + address.search + address.hash;
}
on('click', '[data-menu]', (button) => {
  const open = document.body.classList.toggle('menu-open');
  button.setAttribute('aria-expanded', String(open));
  if (open) document.querySelector('#menu a')?.focus();
});
on('click', '[data-back]', () => history.back());
on('click', '[data-print]', () => print());

// ---- copy -----------------------------------------------------------------------------------------------------
async function copy(text) {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  // Plain HTTP in a local network has no clipboard API.
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('not copied');
  return undefined;
}
on('click', '[data-copy]', async (button) => {
  try {
    await copy(button.dataset.copy);
    toast(document.body.dataset.copied);
  } catch {
    toast(document.body.dataset.copyFailed, 'bad');
  }
});

// ---- dialogs --------------------------------------------------------------------------------------------------
on('click', '[data-dialog]', (button) => document.getElementById(button.dataset.dialog)?.showModal());
on('click', 'dialog [data-close]', (button) => button.closest('dialog').close());
function ask(question) {
  const dialog = document.getElementById('confirm');
  document.getElementById('confirm-text').textContent = question;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
document.addEventListener('submit', async (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset?.confirm;
  if (!question || event.target.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { target, submitter } = event;
  if (!(await ask(question))) return;
  target.dataset.confirmed = 'yes';
  target.requestSubmit(submitter);
  delete target.dataset.confirmed;
}, true);

// ---- forms ----------------------------------------------------------------------------------------------------
on('change', '[data-submit]', (field) => field.form?.requestSubmit());
on('change', '[data-check-all]', (box) => {
  for (const other of document.querySelectorAll(`input[type=checkbox][name="${CSS.escape(box.dataset.checkAll)}"]`)) {
    if (other.checked !== box.checked) {
      other.checked = box.checked;
      other.dispatchEvent(new Event('change', { bubbles: true }));
    }
  }
});
// A second click is not a second capture.
document.addEventListener('submit', (event) => {
  if (event.defaultPrevented || event.target.method !== 'post' || event.target.hasAttribute('hx-post')) return;
  const { submitter } = event;
  if (submitter) setTimeout(() => { submitter.disabled = true; }, 0);
});
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('form[method=post] button:disabled:not([data-off])')) button.disabled = false;
});

// ---- tabs -----------------------------------------------------------------------------------------------------
function selectTab(tab) {
  for (const other of tab.closest('[role=tablist]').querySelectorAll('[role=tab]')) {
    const chosen = other === tab;
    other.setAttribute('aria-selected', String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    const panel = document.getElementById(other.getAttribute('aria-controls'));
    if (panel) panel.hidden = !chosen;
  }
  tab.dispatchEvent(new CustomEvent('tiezheng:tab', { bubbles: true }));
}
on('click', '[role=tab][aria-controls]', (tab, event) => {
  event.preventDefault();
  selectTab(tab);
  history.replaceState(null, '', `#${tab.getAttribute('aria-controls')}`);
});
on('keydown', '[role=tab]', (tab, event) => {
  const tabs = [...tab.closest('[role=tablist]').querySelectorAll('[role=tab]')];
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const next = event.key === 'Home' ? tabs[0] : event.key === 'End' ? tabs.at(-1)
    : step ? tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length] : null;
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.click();
});
if (location.hash.length > 1) {
  const tab = document.querySelector(`[role=tab][aria-controls="${CSS.escape(location.hash.slice(1))}"]`);
  if (tab) selectTab(tab);
}

// ---- keyboard -------------------------------------------------------------------------------------------------
const typing = (target) => target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]');
const rowsOf = (list) => [...list.querySelectorAll('[data-row]')];
function move(list, step) {
  const rows = rowsOf(list);
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains('row-current'));
  const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? (step > 0 ? 0 : rows.length - 1) : now + step))];
  rows[now]?.classList.remove('row-current');
  next.classList.add('row-current');
  (next.querySelector('a[href]') ?? next).focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
  if (event.key === 'Escape' && document.body.classList.contains('menu-open')) document.querySelector('[data-menu]').click();
  if (typing(event.target)) return;
  const list = document.querySelector('[data-keys]');
  if (event.key === '/') {
    const search = document.querySelector('[data-search]');
    if (search) { event.preventDefault(); search.focus(); search.select?.(); }
  } else if (list && (event.key === 'j' || event.key === 'k')) {
    event.preventDefault();
    move(list, event.key === 'j' ? 1 : -1);
  } else if (list && event.key === 'x') {
    list.querySelector('.row-current input[type=checkbox]')?.click();
  } else if (list && event.key === 'Enter' && event.target === document.body) {
    list.querySelector('.row-current a[href]')?.click();
  }
});

// ---- clocks ---------------------------------------------------------------------------------------------------
const pad = (n) => String(n).padStart(2, '0');
function beijing(millis) {
  const d = new Date(millis + 8 * 3600_000);
  return `${d.getUTCFullYear()}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())} ${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}`;
}
// The server's clock, not the reader's: the difference is taken once, when the page came.
const clock = document.querySelector('[data-clock]');
const ahead = clock ? Date.parse(clock.dateTime) - Date.now() : 0;
function tick() {
  const now = Date.now() + ahead;
  if (clock) clock.textContent = beijing(now);
  for (const element of document.querySelectorAll('[data-tick][data-since]')) {
    const seconds = Math.max(0, Math.floor((now - Date.parse(element.dataset.since)) / 1000));
    const hours = Math.floor(seconds / 3600);
    element.textContent = `${hours ? `${hours}:` : ''}${hours ? pad(Math.floor(seconds / 60) % 60) : Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
  }
}
tick();
setInterval(tick, 1000);

// ---- bars without inline style: <progress> is used for most; charts and columns set custom properties here ----
function bars(scope) {
  for (const element of scope.querySelectorAll?.('[data-width]') ?? []) element.style.setProperty('--width', `${Number(element.dataset.width)}%`);
}
bars(document);

// ---- pictures that cannot be had: errors do not bubble, so they are caught on their way down ----
document.addEventListener('error', (event) => {
  if (event.target instanceof HTMLImageElement && event.target.matches('.thumb') && !event.target.dataset.none) {
    event.target.dataset.none = 'yes';
    event.target.src = '/assets/no-picture.svg';
  }
}, true);

// ---- boxes that scroll sideways can be reached by the keyboard ----
function boxes() {
  for (const box of document.querySelectorAll('.table-box, pre')) {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (scrolls) box.tabIndex = 0; else if (!box.hasAttribute('data-focus')) box.removeAttribute('tabindex');
  }
}
boxes();
addEventListener('resize', boxes);
document.addEventListener('tiezheng:tab', boxes);

// ---- htmx -----------------------------------------------------------------------------------------------------
document.addEventListener('htmx:configRequest', (event) => {
  const header = document.querySelector('meta[name=csrf-header]')?.content;
  const token = document.querySelector('meta[name=csrf-token]')?.content;
  if (header && token && event.detail.verb !== 'get') event.detail.headers[header] = token;
});
document.addEventListener('htmx:responseError', (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401) { location.reload(); return; }
  let text = `${xhr.status}`;
  try {
    const problem = JSON.parse(xhr.responseText);
    text = [problem.title, problem.detail, problem.todo, problem.number].filter(Boolean).join(' · ');
  } catch { /* not ours: a proxy's */ }
  toast(text, 'bad');
});
document.addEventListener('htmx:sendError', () => toast(document.body.dataset.lost, 'bad'));
document.addEventListener('htmx:confirm', (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  ask(event.detail.question).then((yes) => { if (yes) event.detail.issueRequest(true); });
});
document.addEventListener('htmx:load', (event) => { bars(event.detail.elt); boxes(); tick(); });
