// A slice of what was parked; a surrogate pair is never split.
((from, to) => {
  const s = globalThis.__tiezheng;
  if (to < s.length && (s.charCodeAt(to - 1) & 0xfc00) === 0xd800) to--;
  const part = s.slice(from, to);
  if (to >= s.length) globalThis.__tiezheng = '';
  return { part: part.toWellFormed(), next: to };
})
