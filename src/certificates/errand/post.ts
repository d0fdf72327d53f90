import type { FromErrand, NotifyErrand } from "./errand.ts";

/** Milliseconds for the whole exchange. */
const PATIENCE = 15_000;

/** Posts JSON, follows no redirect (a token must not travel on), and reads nothing of the answer but its status. */
export async function post({ url, token, body }: NotifyErrand): Promise<Extract<FromErrand, { kind: "posted" }>> {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        "user-agent": "openclaw-edge",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body,
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
    return { kind: "posted", status: response.status, detail: `HTTP ${response.status}` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.name : "unknown");
    return { kind: "posted", status: 0, detail: code };
  }
}
