// Before the first paint: the theme the reader chose, else the system's (no attribute).
(function () {
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch { /* storage is off: the system's theme */ }
})();
