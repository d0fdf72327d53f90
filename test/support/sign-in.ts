import type { TestEdge } from "./edge.ts";
import { DOMAIN, USERS } from "./edge.ts";
import type { RawClient, RawResponse } from "./raw-client.ts";
import { raw } from "./requests.ts";

/** Field lines of a browser that opens a page. */
export const NAVIGATION = [
  "Sec-Fetch-Site: none",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Dest: document",
  "Accept: text/html,application/xhtml+xml,*/*;q=0.8",
] as const;
/** Field lines of a script's fetch in a page of the same origin. */
export const FETCH = ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty", "Accept: */*"] as const;
/** Field lines of a form that a page of the same origin sends. */
export const FORM_POST = [
  `Origin: https://${DOMAIN}`,
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Dest: document",
  "Accept: text/html",
  "Content-Type: application/x-www-form-urlencoded",
] as const;

/** Octets of a request by a browser: request line, Host, then the field lines as given. */
export const browse = (line: string, fields: readonly string[] = NAVIGATION, cookies: Cookies = {}, body = ""): string =>
  raw(`${line} HTTP/1.1`, [`Host: ${DOMAIN}`, ...fields, ...cookieLine(cookies)], body);

/** What a browser keeps: values by name. */
export type Cookies = Readonly<Record<string, string>>;

export const SESSION = "__Host-openclaw-edge";

/** The cookies after an answer. */
export function withCookies(cookies: Cookies, response: RawResponse): Cookies {
  const set = response.lines.flatMap((line) => /^set-cookie: ([^=]+)=([^;]*)/i.exec(line)?.slice(1, 3) ?? []);
  const next: Record<string, string> = { ...cookies };
  for (let index = 0; index < set.length; index += 2) next[set[index] as string] = set[index + 1] as string;
  return next;
}

const cookieLine = (cookies: Cookies): readonly string[] => {
  const pairs = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? [] : [`Cookie: ${pairs.join("; ")}`];
};

/** A page with a form of the edge, as a browser has it. */
export interface OpenForm {
  readonly cookies: Cookies;
  readonly token: string;
  readonly page: RawResponse;
}

export async function openForm(client: RawClient, target = "/.edge/login", cookies: Cookies = {}): Promise<OpenForm> {
  client.write(browse(`GET ${target}`, NAVIGATION, cookies));
  const page = await client.response();
  return { page, cookies: withCookies(cookies, page), token: /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? "" };
}

/** Octets of a form's post. */
export function post(
  target: string,
  fields: Readonly<Record<string, string>>,
  cookies: Cookies = {},
  lines: readonly string[] = FORM_POST,
): string {
  const body = new URLSearchParams(fields).toString();
  return browse(`POST ${target}`, [...lines, `Content-Length: ${body.length}`], cookies, body);
}

export interface SignedIn {
  readonly cookies: Cookies;
  /** The session's secret. */
  readonly secret: string;
  /** The answer to the form. */
  readonly response: RawResponse;
}

/** Signs in by the page, as a browser does. */
export async function signIn(
  edge: Pick<TestEdge, "connect">,
  { name = "alice", password = USERS[name as keyof typeof USERS], next, cookies = {}, client }: SignInAs = {},
): Promise<SignedIn> {
  const connection = client ?? (await edge.connect());
  const form = await openForm(connection, "/.edge/login", cookies);
  connection.write(post("/.edge/login", { token: form.token, name, password, ...(next !== undefined && { next }) }, form.cookies));
  const response = await connection.response();
  const after = withCookies(form.cookies, response);
  if (client === undefined) connection.destroy();
  return { response, cookies: after, secret: after[SESSION] ?? "" };
}

export interface SignInAs {
  readonly name?: string;
  readonly password?: string;
  readonly next?: string;
  readonly cookies?: Cookies;
  readonly client?: RawClient;
}
