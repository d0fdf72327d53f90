let second = 0;
let text = "";

/** Now as IMF-fixdate (RFC 9110 §5.6.7), made once a second. */
export function httpDate(): string {
  const now = Date.now();
  if (now - second >= 1_000 || now < second) {
    second = now - (now % 1_000);
    text = new Date(now).toUTCString();
  }
  return text;
}
