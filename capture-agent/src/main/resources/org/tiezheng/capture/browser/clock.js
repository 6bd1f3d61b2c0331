(() => ({
  page: performance.timeOrigin + performance.now(),
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  offset: -new Date().getTimezoneOffset(),
}))()
