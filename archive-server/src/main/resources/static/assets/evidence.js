// What the page of one evidence does in the browser: the screenshot viewer, the replay's frame, the dialog of one request.
// Everything works without it but zooming: the parts are links, the tables are whole pages.

// ---- screenshot: strips by level, only those in sight ----------------------------------------------------------
class Viewer {
  constructor(box) {
    this.box = box;
    const data = box.dataset;
    Object.assign(this, { base: data.strips, width: +data.width, height: +data.height, levels: +data.levels, rows: +data.rows });
    this.pane = box.querySelector('.viewer-pane');
    this.page = box.querySelector('.viewer-page');
    this.scaleOut = box.querySelector('[data-scale]');
    this.placeOut = box.querySelector('[data-place]');
    this.shown = new Map();
    this.fit = 'width';
    this.scale = 1;
    this.pane.addEventListener('scroll', () => this.draw(), { passive: true });
    this.pane.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    this.pane.addEventListener('keydown', (event) => this.key(event));
    this.pane.addEventListener('pointerdown', (event) => this.grab(event));
    this.pane.addEventListener('dblclick', (event) => this.zoom(event.shiftKey ? 0.5 : 2, event));
    for (const button of box.querySelectorAll('[data-zoom]')) button.addEventListener('click', () => this.act(button.dataset.zoom));
    new ResizeObserver(() => { if (this.fit) this.fitTo(this.fit); else this.draw(); }).observe(this.pane);
    this.fitTo('width');
  }

  act(what) {
    if (what === 'in') this.zoom(1.25);
    else if (what === 'out') this.zoom(0.8);
    else if (what === 'full') { this.fit = ''; this.setScale(1); } else this.fitTo(what);
  }

  fitTo(what) {
    this.fit = what;
    const { clientWidth, clientHeight } = this.pane;
    const wide = clientWidth / this.width;
    this.setScale(what === 'whole' ? Math.min(wide, clientHeight / this.height) : Math.min(1, wide));
  }

  zoom(factor, at) {
    this.fit = '';
    this.setScale(this.scale * factor, at);
  }

  // The point under the pointer, or the middle, stays where it is.
  setScale(wanted, at) {
    const least = Math.min(0.02, this.pane.clientHeight / this.height, this.pane.clientWidth / this.width);
    const scale = Math.max(Math.max(least, 0.001), Math.min(8, wanted));
    const frame = this.pane.getBoundingClientRect();
    const x = at ? at.clientX - frame.left : this.pane.clientWidth / 2;
    const y = at ? at.clientY - frame.top : this.pane.clientHeight / 2;
    const left = (this.pane.scrollLeft + x - this.page.offsetLeft) / this.scale;
    const top = (this.pane.scrollTop + y) / this.scale;
    this.scale = scale;
    this.page.style.width = `${Math.max(1, this.width * scale)}px`;
    this.page.style.height = `${Math.max(1, this.height * scale)}px`;
    this.pane.scrollLeft = left * scale - x + this.page.offsetLeft;
    this.pane.scrollTop = top * scale - y;
    const percent = scale * 100;
    this.scaleOut.textContent = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
    this.draw();
  }

  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => { this.frame = 0; this.drawNow(); });
  }

  drawNow() {
    const pixels = this.scale * (window.devicePixelRatio || 1);
    const level = Math.max(0, Math.min(this.levels - 1, Math.floor(-Math.log2(pixels) + 0.001)));
    const step = this.rows * 2 ** level;
    const view = this.pane.clientHeight / this.scale;
    const top = Math.max(0, this.pane.scrollTop / this.scale);
    const first = Math.max(0, Math.floor((top - view / 2) / step));
    const last = Math.min(Math.ceil(this.height / step) - 1, Math.floor((top + view * 1.5) / step));
    const wanted = new Set();
    for (let n = first; n <= last; n += 1) {
      const key = `${level}/${n}`;
      wanted.add(key);
      let image = this.shown.get(key);
      if (!image) {
        image = this.load(key);
        this.shown.set(key, image);
        this.page.append(image);
      }
      const from = n * step;
      const to = Math.min(this.height, from + step);
      image.style.top = `${from * this.scale}px`;
      image.style.width = `${this.width * this.scale}px`;
      image.style.height = `${(to - from) * this.scale}px`;
      image.style.zIndex = '2';
    }
    // What lies under a strip that is still loading stays until that one is there.
    const ready = [...wanted].every((key) => this.shown.get(key).complete);
    for (const [key, image] of this.shown) {
      if (wanted.has(key)) continue;
      if (ready || this.shown.size > 60) { image.remove(); this.shown.delete(key); } else this.place(key, image);
    }
    const bottom = Math.min(this.height, top + view);
    this.placeOut.textContent = `${Math.round(top)}–${Math.round(bottom)} / ${this.height} px`;
  }

  place(key, image) {
    const [level, n] = key.split('/').map(Number);
    const step = this.rows * 2 ** level;
    image.style.top = `${n * step * this.scale}px`;
    image.style.width = `${this.width * this.scale}px`;
    image.style.height = `${(Math.min(this.height, (n + 1) * step) - n * step) * this.scale}px`;
    image.style.zIndex = '1';
  }

  load(key, tries = 0) {
    const image = new Image();
    image.alt = '';
    image.decoding = 'async';
    image.draggable = false;
    image.addEventListener('load', () => { image.classList.remove('failed'); this.draw(); });
    image.addEventListener('error', () => {
      image.classList.add('failed');
      this.tries = this.tries ?? new Map();
      const count = (this.tries.get(key) ?? tries) + 1;
      this.tries.set(key, count);
      // 503: the server is still cutting the picture.
      if (count <= 8) setTimeout(() => { if (this.shown.get(key) === image) image.src = `${this.base}${key}?try=${count}`; }, 1500);
      else this.placeOut.textContent = this.box.dataset.late;
    });
    image.src = `${this.base}${key}`;
    return image;
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * 0.0022), event);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = { '+': 'in', '=': 'in', '-': 'out', 0: 'full', 1: 'full', w: 'width', f: 'whole' };
    const what = actions[event.key];
    if (!what) return;
    event.preventDefault();
    event.stopPropagation();
    this.act(what);
  }

  grab(event) {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    const start = { x: event.clientX, y: event.clientY, left: this.pane.scrollLeft, top: this.pane.scrollTop };
    this.pane.setPointerCapture(event.pointerId);
    this.pane.classList.add('panning');
    const move = (moved) => {
      this.pane.scrollLeft = start.left - (moved.clientX - start.x);
      this.pane.scrollTop = start.top - (moved.clientY - start.y);
    };
    const end = () => {
      this.pane.classList.remove('panning');
      this.pane.removeEventListener('pointermove', move);
    };
    this.pane.addEventListener('pointermove', move);
    this.pane.addEventListener('pointerup', end, { once: true });
    this.pane.addEventListener('pointercancel', end, { once: true });
  }
}

// ---- replay: the frame says how it goes; silence for long is a failure -----------------------------------------
function replay(box) {
  const frame = box.querySelector('iframe');
  const state = box.querySelector('[data-replay-state]');
  const tab = box.querySelector('[data-replay-tab]');
  const choice = box.querySelector('[data-replay-page]');
  const origin = new URL(frame.src).origin;
  let timer = 0;
  const say = (word) => {
    box.dataset.state = word;
    state.textContent = { shown: box.dataset.shown, failed: box.dataset.failed, loading: box.dataset.loading }[word] ?? '';
    clearTimeout(timer);
    if (word === 'loading') timer = setTimeout(() => say('failed'), 45_000);
  };
  window.addEventListener('message', (event) => {
    if (event.source === frame.contentWindow && event.origin === origin && typeof event.data?.replay === 'string') say(event.data.replay);
  });
  box.querySelector('[data-replay-reload]').addEventListener('click', () => { say('loading'); frame.src = tab.href; });
  choice?.addEventListener('change', () => { tab.href = choice.value; say('loading'); frame.src = choice.value; });
  say('loading');
}

// ---- start -----------------------------------------------------------------------------------------------------
function start(scope) {
  for (const box of scope.querySelectorAll('[data-viewer]:not([data-on])')) { box.dataset.on = ''; new Viewer(box); }
  for (const box of scope.querySelectorAll('[data-replay]:not([data-on])')) { box.dataset.on = ''; replay(box); }
}
start(document);
const current = () => document.querySelector('.evidence .tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
if (location.hash === '#parts' || matchMedia('(max-width: 860px)').matches) current();
document.addEventListener('htmx:load', (event) => start(event.detail.elt.parentElement ?? document));
document.addEventListener('htmx:afterSwap', (event) => {
  if (event.detail.target.id === 'parts') current();
  if (event.detail.target.id === 'exchange-detail') document.getElementById('exchange')?.showModal();
});
