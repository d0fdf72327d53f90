import { createHash, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";

import { chromium, type BrowserContext, type Page } from "playwright-core";

const SCREENS = fileURLToPath(new URL("../../.cache/screens/", import.meta.url));

/** Path of the system's Chromium ($CHROMIUM, or Debian's); undefined: there is none. */
export function findChromium(): string | undefined {
  const given = process.env["CHROMIUM"];
  return [...(given ? [given] : ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"])].find((path) =>
    existsSync(path),
  );
}

export interface BrowserOptions {
  /** The server whose certificate the browser is to trust, and no other. */
  readonly server: { readonly host: string; readonly port: number; readonly servername?: string };
  /** What the user types into the password dialog. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Scripts run; default true. */
  readonly javaScript?: boolean;
  /** Its languages, as in Accept-Language. Default the system's. */
  readonly locale?: string;
  /** Host names with the address that the browser shall take for them. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** A browser with an empty profile. */
export interface Browser extends AsyncDisposable {
  open(): Promise<WatchedPage>;
}

/** A page, and what went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on its console, uncaught ones included. */
  readonly errors: readonly string[];
  /** Requests of the page that failed, and answers of 400 and above: "404 https://…". */
  readonly failures: readonly string[];
  /** Text frames of its WebSockets, as received. */
  readonly frames: readonly string[];
  /** Saves what the page shows as .cache/screens/NAME.png. */
  screenshot(name: string): Promise<void>;
}

export async function startChromium({ server, credentials, javaScript = true, locale, hosts = {} }: BrowserOptions): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "openclaw-edge-chromium-"));
  const rules = Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`);
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium() as string,
    headless: true,
    viewport: { width: 1280, height: 800 },
    ...(credentials && { httpCredentials: credentials }),
    ...(locale !== undefined && { locale }),
    javaScriptEnabled: javaScript,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync"],
      // A full trust in this one key: as if its authority were installed, and everything else is judged as ever.
      `--ignore-certificate-errors-spki-list=${await keyOf(server)}`,
      ...(rules.length > 0 ? [`--host-resolver-rules=${rules.join(", ")}`] : []),
    ],
  });
  context.setDefaultTimeout(15_000);
  return {
    open: async () => watch(await context.newPage()),
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Types a name and a password into the sign-in page, and waits for what comes after it. */
export async function signInByPage({ page }: Pick<WatchedPage, "page">, name: string, password: string): Promise<void> {
  await page.locator("#name").fill(name);
  await page.locator("#password").fill(password);
  await Promise.all([page.waitForEvent("load"), page.locator("button[type=submit]").click()]);
}

function watch(page: Page): WatchedPage {
  const errors: string[] = [];
  const failures: string[] = [];
  const frames: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && errors.push(message.text())));
  page.on("pageerror", (error) => void errors.push(String(error)));
  page.on("requestfailed", (request) => void failures.push(`${request.failure()?.errorText} ${request.url()}`));
  page.on("response", (response) => void (response.status() >= 400 && failures.push(`${response.status()} ${response.url()}`)));
  page.on("websocket", (socket) => void socket.on("framereceived", ({ payload }) => void frames.push(String(payload))));
  return {
    page,
    errors,
    failures,
    frames,
    async screenshot(name) {
      await mkdir(SCREENS, { recursive: true });
      await page.screenshot({ path: join(SCREENS, `${name}.png`) });
    },
  };
}

/** Base64 SHA-256 of the SubjectPublicKeyInfo in the server's certificate. */
function keyOf({ host, port, servername }: BrowserOptions["server"]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, ...(servername !== undefined && { servername }) });
    socket.once("error", reject).once("secureConnect", () => {
      const { publicKey } = new X509Certificate(socket.getPeerCertificate(true).raw);
      socket.destroy();
      resolve(
        createHash("sha256")
          .update(publicKey.export({ type: "spki", format: "der" }))
          .digest("base64"),
      );
    });
  });
}
