/** The configuration from everywhere: command line, environment and file, with real files. */
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import type { EdgeConfig } from "../../src/config/edge-config.ts";
import { changedOptions, loadSettings, type Loaded } from "../../src/config/load.ts";
import { OptionReader } from "../../src/config/option-reader.ts";
import { option, toggle, type Option } from "../../src/config/option.ts";
import { OPTIONS, type OptionName } from "../../src/config/options.ts";
import { valueOf } from "../../src/config/schema.ts";
import { readSources, usualConfigFiles } from "../../src/config/sources.ts";
import type { Surroundings } from "../../src/config/surroundings.ts";
import { variable, type Flags } from "../../src/config/written.ts";
import { shortestOf } from "../auth/support.ts";
import { BIN } from "../cli/run-command.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** What config check says of it as somebody whom modes hold: root may read everything. */
function checkAsNobody(environment: Readonly<Record<string, string>>, directory: string): string {
  const nobody = { uid: 65_534, gid: 65_534 };
  if (process.getuid?.() === 0) chmodSync(directory, 0o755);
  const { stderr } = spawnSync(process.execPath, [BIN, "config", "check"], {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...environment },
    encoding: "utf8",
    ...(process.getuid?.() === 0 && nobody),
  });
  return stderr.replaceAll(/\s+/g, " ");
}

interface Given {
  /** The configuration file's text or octets; undefined: there is none. */
  readonly file?: string | Uint8Array;
  readonly flags?: Flags;
  readonly environment?: Surroundings["environment"];
}

const GOOD = `{ domain: "gateway.lan", htpasswd: "users" }`;

async function place(): Promise<Surroundings> {
  const directory = await scratchDirectory();
  return { directory, home: join(directory, "home"), uid: 1000, environment: {} };
}

async function load({ file, flags = {}, environment = {} }: Given): Promise<Loaded & { readonly directory: string }> {
  const around = await place();
  if (file !== undefined) await writeFile(join(around.directory, "edge.json5"), file);
  const named = file === undefined ? { config: ["off"] } : { config: ["edge.json5"] };
  return { ...(await loadSettings({ ...named, ...flags }, { ...around, environment })), directory: around.directory };
}

async function edge(given: Given): Promise<EdgeConfig> {
  const loaded = await load(given);
  if (loaded.kind === "refused") throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings.edge;
}

async function problems(given: Given): Promise<readonly string[]> {
  const loaded = await load(given);
  if (loaded.kind === "loaded") return [];
  return loaded.problems.map(({ where, what, mend }) => `${where}: ${what} ${mend}`.replaceAll(`${loaded.directory}/`, ""));
}

describe("a configuration file", () => {
  test("says what flags say, in JSON5: comments, trailing commas, single quotes, hexadecimal, keys without quotes", async () => {
    const config = await edge({
      file: `// the edge of our house
        {
          $schema: "./config.schema.json", version: 1,
          domain: ["gateway.lan", 'Gateway.local.',], /* both */
          "https-port": 0x20FB, "http-port": "off",
          htpasswd: "users", upstream: 'http://127.0.0.1:1234',
          "idle-timeout": "2m", "head-size": "32k", "pipelined-size": 131072, "hsts": 0,
          "session-lifetime": "30d",
        }`,
    });
    expect(config).toMatchObject({
      domains: [{ value: "gateway.lan" }, { value: "gateway.local" }],
      httpsPort: 8443,
      httpPort: false,
      upstream: { port: 1234 },
      hsts: 0,
      timeouts: { idle: 120_000 },
      limits: { headSize: 32_768, pipelined: 131_072 },
      sessions: { lifetime: 30 * 86_400_000 },
    });
  });

  test("a path in it is relative to the file, wherever the edge is started", async () => {
    const around = await place();
    await mkdir(join(around.directory, "etc"));
    await writeFile(join(around.directory, "etc", "edge.json5"), GOOD);
    const loaded = await loadSettings({ config: ["etc/edge.json5"] }, around);
    expect(loaded).toMatchObject({ kind: "loaded", settings: { edge: { htpasswd: join(around.directory, "etc", "users") } } });
  });

  test("a byte order mark is no part of it", async () => {
    expect((await edge({ file: `\uFEFF${GOOD}` })).domains[0].value).toBe("gateway.lan");
  });

  test.each<[string, string | Uint8Array, string]>([
    ["empty", "", "edge.json5:1:1: The file is empty. Write at least {}, or make a commented one with openclaw-edge config init."],
    ["an array", "[1]", "edge.json5:1:1: The file is an array. Put everything into one object: { … }."],
    [
      "a lost comma",
      `{\n  domain: "a.lan"\n  htpasswd: "u"\n}`,
      'edge.json5:3:3: "htpasswd" comes where a comma or a bracket was expected. Put a comma',
    ],
    ["a lost bracket", `{ domain: ["a.lan"`, "edge.json5:1:12: The file ends too early. Close what is open"],
    [
      "a lost quote",
      `{\n  domain: "a.lan,\n  htpasswd: "u",\n}`,
      "edge.json5:2:11: The string does not end on its line. Put the closing quote where it belongs.",
    ],
    ["a lost last quote", `{ domain: "a.lan\n }`, "edge.json5:1:11: The string does not end on its line."],
    // The parser would never come back from this one.
    ["a backslash at the end of the file", `{ domain: "a.lan\\`, "edge.json5:1:11: The string does not end on its line."],
    ["an unfinished comment", `{ /* domain`, "edge.json5:1:3: The comment does not end. Close it with */."],
    [
      "a key with a hyphen and no quotes",
      `{\n  https-port: 8443,\n}`,
      'edge.json5:2:8: The key https-port has a hyphen and no quotes. Write "https-port" in quotes.',
    ],
    [
      "a word without quotes",
      `{ domain: gateway.lan }`,
      "edge.json5:1:11: The value is not one that the file can hold. Write text in quotes",
    ],
    ["two commas", `{ domain: "a.lan",, }`, 'edge.json5:1:19: "," does not belong here.'],
    ["a NUL", `{ domain: \0 }`, "edge.json5:1:11: The value is not one that the file can hold."],
    ["YAML", "domain: a.lan\n", 'edge.json5:1:1: "domain" does not belong here. The file is JSON5'],
    ["UTF-16", Buffer.from(`\uFEFF${GOOD}`, "utf16le"), "edge.json5: It is written in UTF-16. Save it as UTF-8."],
    ["Latin-1", Buffer.from(`{ domain: "bücher.lan" }`, "latin1"), "edge.json5: It is not written in UTF-8. Save it as UTF-8."],
    ["10 MB", Buffer.alloc(10_000_000, " "), "edge.json5: It has 10,000,000 octets; 65,536 are allowed. Is it the right file?"],
    ["sixty thousand brackets", "[".repeat(60_000), "edge.json5: Objects and arrays are nested more than 32 deep."],
    ["forty brackets", `{ routes: ${"[".repeat(40)}${"]".repeat(40)} }`, "nested more than 32 deep."],
  ])("that is %s is refused as a whole, and nothing is called missing", async (_name, file, told) => {
    const found = await problems({ file });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(told);
  });

  test.each(["s3cret", `"a"s3cret"`, `"a" s3cret"`, `'it's3cret'`, `"s3cret`, "s3-cret: 5", `{ env s3cret }`, `[s3cret s3cret]`])(
    "attack: a secret written as %s is not repeated in the mistake",
    async (secret) => {
      const found = await problems({ file: `{ domain: "a.lan", htpasswd: "u",\n  "notify-token": ${secret}\n}` });
      expect(found).not.toEqual([]);
      expect(found.join("\n")).not.toContain("cret");
    },
  );

  test("a string that runs on over the end of its line is refused, and one whose line ends in a backslash is not", async () => {
    expect(await problems({ file: `{ domain: "gateway.\nlan", htpasswd: "u" }` })).toEqual([
      "edge.json5:1:11: The string does not end on its line. Put the closing quote where it belongs.",
    ]);
    expect((await edge({ file: `{ domain: "gateway.\\\nlan", htpasswd: "u" }` })).domains[0].value).toBe("gateway.lan");
  });

  test("one that does not exist, is a directory or no file at all is said so, and the edge does not wait", async () => {
    const around = await place();
    const told = async (file: string): Promise<string> => {
      const loaded = await loadSettings({ config: [file] }, around);
      return loaded.kind === "refused" ? loaded.problems.map(({ where, what }) => `${where}: ${what}`).join() : "";
    };
    await mkdir(join(around.directory, "folder"));
    await symlink("loop", join(around.directory, "loop"));
    expect(await told("none")).toBe("none: It does not exist.");
    expect(await told("folder")).toBe("folder: It is a directory.");
    expect(await told("loop")).toBe("loop: It is a symbolic link that leads to itself.");
    expect(await told("/dev/zero")).toBe("/dev/zero: It is no ordinary file.");
  });

  test("one that may not be read is said so", async () => {
    const { directory } = await place();
    const file = join(directory, "secret");
    await writeFile(file, GOOD, { mode: 0o000 });
    expect(checkAsNobody({ OPENCLAW_EDGE_CONFIG: file }, directory)).toContain(`${file} This process may not read it.`);
  });

  test("every mistake is told at once, each with file, line, column, path and mend", async () => {
    const file = `{
  version: 7,
  domain: ["ai.lan", 5, { name: "x" }, null],
  htpaswd: "users",
  "https-port": "8443",
  httpsPort: 8443,
  upstream: "https://127.0.0.1:3",
  upstream: "x",
  hsts: [1],
  "idle-timeout": 10,
  "body-timeout": true,
  tls: null,
  host: [],
  config: "other.json5",
  __proto__: { x: 1 },
}`;
    expect((await problems({ file })).toSorted()).toEqual(
      [
        `edge.json5:2:12 version: This edge reads version 1 of the file, and this is the number 7. Update openclaw-edge, or write the file for this version.`,
        `edge.json5:3:22 domain[1]: It takes a string, and this is the number 5. Write four numbers from 0 to 255, such as 192.0.2.10.`,
        `edge.json5:3:25 domain[2]: It takes a string, and this is an object. Values are host names and IP addresses.`,
        `edge.json5:3:40 domain[3]: null is no value. Leave the key out for its default.`,
        `edge.json5:4:3 htpaswd: There is no key "htpaswd" here. Did you mean "htpasswd"?`,
        `edge.json5:5:17 https-port: It takes a number, and this is the string "8443". Write it without quotes: 8443.`,
        `edge.json5:6:3 httpsPort: There is no key "httpsPort" here. Did you mean "https-port"?`,
        `edge.json5:7:13 upstream: The Gateway is asked over plain HTTP, on this machine or in its private network; https is not supported there. Write "upstream": "http://127.0.0.1:3".`,
        `edge.json5:8:3 upstream: The key "upstream" is there twice; the first is in line 7. Keep one of them.`,
        `edge.json5:9:9 hsts: It takes one value, and this is an array. Write the value without the brackets.`,
        `edge.json5:10:19 idle-timeout: It takes a string, and this is the number 10. Write the unit too: 10s.`,
        `edge.json5:11:19 body-timeout: It takes a string, and this is true. Write a number and a unit: 500ms, 10s, 2m, 1h or 7d.`,
        `edge.json5:12:8 tls: null is no value. Leave the key out for its default.`,
        `edge.json5:13:9 host: The array is empty. Write a value into it, or leave the key out.`,
        `edge.json5:14:3 config: There is no key "config" here. Leave it out. Every key is an option of openclaw-edge serve --help, without its dashes.`,
        `edge.json5:15:3 __proto__: There is no key "__proto__" here. Leave it out. Every key is an option of openclaw-edge serve --help, without its dashes.`,
      ].toSorted(),
    );
  });

  test("a value that its key can't have is told alone where all else is right", async () => {
    expect(await problems({ file: `{ domain: "a.lan", htpasswd: "u", hsts: null }` })).toEqual([
      "edge.json5:1:41 hsts: null is no value. Leave the key out for its default.",
    ]);
  });

  test.each([
    ["1", []],
    ["2", ["Update openclaw-edge"]],
    ["0", ['Write "version": 1']],
    ['"1"', ['Write "version": 1']],
    ["1.5", ["Update openclaw-edge"]],
  ])("version %s is answered with %j", async (version, mends) => {
    const found = await problems({ file: `{ version: ${version}, domain: "a.lan", htpasswd: "u" }` });
    expect(found).toEqual(mends.map((mend) => expect.stringContaining(mend)));
  });

  test("what contradicts itself across keys is told at the place of the one, in the file's own words", async () => {
    expect(await problems({ file: `{ domain: "a.lan", htpasswd: "u",\n cert: "c.pem", "http-port": 443 }` })).toEqual([
      'edge.json5:2:30 http-port: It is the same port as "https-port", 443. Write another port, or "http-port": "off".',
      'edge.json5:2:8 cert: Its private key is missing. Add "key": "FILE".',
    ]);
  });
});

describe("precedence", () => {
  test("the command line wins over the environment, and both over the file, option by option", async () => {
    const file = `{ domain: ["file.lan", "other.lan"], htpasswd: "/file", hsts: 1, "idle-timeout": "1h", state: "/file" }`;
    const environment = { OPENCLAW_EDGE_DOMAIN: "one.lan, two.lan", OPENCLAW_EDGE_HTPASSWD: "/environment", OPENCLAW_EDGE_HSTS: "2" };
    const config = await edge({ file, environment, flags: { htpasswd: ["/flag"], state: ["/flag"] } });
    expect(config).toMatchObject({
      // A list replaces the whole list: what is served is read in one place.
      domains: [{ value: "one.lan" }, { value: "two.lan" }],
      htpasswd: "/flag",
      hsts: 2,
      timeouts: { idle: 3_600_000 },
      state: "/flag",
    });
  });

  test("of every option there is: each source wins over those behind it, and is known as where the value came from", async () => {
    const around = await place();
    await writeFile(join(around.directory, "secret"), "zerossl KEYID HMACKEY-of-some-length");
    const rows = (Object.values(OPTIONS) as readonly Option<unknown>[]).filter(({ flag }) => flag !== "config");
    const textOf = ({ fallback, example, range, secret }: Option<unknown>): string =>
      secret ? "secret" : (fallback ?? example ?? /`([^`]+)`/.exec(range)?.[1] ?? "");
    const valueIn = (row: Option<unknown>): unknown => (row.secret ? { file: "secret" } : valueOf(row, textOf(row)));
    await writeFile(join(around.directory, "edge.json5"), JSON.stringify(Object.fromEntries(rows.map((row) => [row.flag, valueIn(row)]))));
    const environment = Object.fromEntries(rows.map((row) => [`${variable(row.flag)}${row.secret ? "_FILE" : ""}`, textOf(row)]));
    const flags = Object.fromEntries(rows.map((row) => [row.secret ? `${row.flag}-file` : row.flag, [textOf(row)]]));
    const origins = async (given: Flags, variables: Readonly<Record<string, string>>) => {
      const surroundings = { ...around, environment: variables };
      const written = await readSources({ config: ["edge.json5"], ...given }, surroundings);
      expect(written.problems).toEqual([]);
      const options = new OptionReader(OPTIONS, written, surroundings);
      options.readEverything();
      const names = (Object.keys(OPTIONS) as OptionName[]).filter((name) => name !== "config");
      return new Set(names.map((name) => options.written(name)[0]?.origin.kind ?? name));
    };
    expect([await origins({}, {}), await origins({}, environment), await origins(flags, environment)]).toEqual([
      new Set(["file"]),
      new Set(["environment"]),
      new Set(["flag"]),
    ]);
  });

  test("an empty variable says nothing", async () => {
    expect((await edge({ file: GOOD, environment: { OPENCLAW_EDGE_DOMAIN: "", OPENCLAW_EDGE_HSTS: " " } })).hsts).toBe(86_400);
  });

  test("a mistake is told where it was written", async () => {
    expect(
      await problems({
        file: `{ domain: "a.lan", htpasswd: "u", hsts: 5.5 }`,
        environment: { OPENCLAW_EDGE_HEAD_TIMEOUT: "9" },
        flags: { "idle-timeout": ["x"] },
      }),
    ).toEqual([
      'edge.json5:1:41 hsts: "5.5" is no whole number. Write a number from 0 to 315360000.',
      'OPENCLAW_EDGE_HEAD_TIMEOUT: "9" is no duration. Write the unit too: 9s.',
      '--idle-timeout: "x" is no duration. Write a number and a unit: 500ms, 10s, 2m, 1h or 7d.',
    ]);
  });
});

describe("the environment", () => {
  test("a variable of ours that does not exist is refused with the nearest that does; those that others set are not ours", async () => {
    const environment = {
      OPENCLAW_EDGE_DOMIAN: "x",
      OPENCLAW_EDGE_FROBNICATE: "1",
      OPENCLAW_EDGE_EMPTY: "",
      // What Kubernetes sets for a service of this name, and what the first start reads.
      OPENCLAW_EDGE_SERVICE_HOST: "10.0.0.1",
      OPENCLAW_EDGE_SERVICE_PORT: "443",
      OPENCLAW_EDGE_SERVICE_PORT_HTTPS: "443",
      OPENCLAW_EDGE_PORT: "tcp://10.0.0.1:443",
      OPENCLAW_EDGE_PORT_443_TCP_ADDR: "10.0.0.1",
      OPENCLAW_EDGE_USER: "alice",
      OPENCLAW_EDGE_PASSWORD_FILE: "/run/secrets/x",
      OPENCLAW_HOME: "/x",
    };
    expect(await problems({ file: GOOD, environment })).toEqual([
      "OPENCLAW_EDGE_DOMIAN: There is no such variable. Did you mean OPENCLAW_EDGE_DOMAIN?",
      "OPENCLAW_EDGE_FROBNICATE: There is no such variable. Unset it. Every option: openclaw-edge serve --help.",
    ]);
  });

  test("what is only misspelt is not called missing as well", async () => {
    expect(await problems({ environment: { OPENCLAW_EDGE_DOMIAN: "x.lan" }, flags: { htpasswd: ["u"] } })).toHaveLength(1);
    expect(await problems({ file: `{ domian: "x.lan", htpasswd: "u" }` })).toHaveLength(1);
  });

  test("OPENCLAW_EDGE_CONFIG names the file, and the flag wins", async () => {
    const around = await place();
    await writeFile(join(around.directory, "a.json5"), `{ domain: "a.lan", htpasswd: "u" }`);
    await writeFile(join(around.directory, "b.json5"), `{ domain: "b.lan", htpasswd: "u" }`);
    const environment = { OPENCLAW_EDGE_CONFIG: "a.json5" };
    expect(await loadSettings({}, { ...around, environment })).toMatchObject({
      file: "a.json5",
      settings: { edge: { domains: [{ value: "a.lan" }] } },
    });
    expect(await loadSettings({ config: ["b.json5"] }, { ...around, environment })).toMatchObject({ file: "b.json5" });
    expect(await loadSettings({ config: ["off"] }, { ...around, environment })).toMatchObject({ kind: "refused" });
  });
});

describe("without --config", () => {
  test("the user's own file is taken, and for root the machine's alone", () => {
    const around: Surroundings = { directory: "/x", home: "/home/alice", uid: 1000, environment: {} };
    expect(usualConfigFiles(around)).toEqual(["/home/alice/.config/openclaw-edge/config.json5", "/etc/openclaw-edge/config.json5"]);
    expect(usualConfigFiles({ ...around, uid: 0 })).toEqual(["/etc/openclaw-edge/config.json5"]);
    expect(usualConfigFiles({ ...around, environment: { XDG_CONFIG_HOME: "/xdg" } })[0]).toBe("/xdg/openclaw-edge/config.json5");
    expect(usualConfigFiles({ ...around, environment: { XDG_CONFIG_HOME: "relative" } })[0]).toBe(
      "/home/alice/.config/openclaw-edge/config.json5",
    );
  });

  test("it is read where it is", async () => {
    const around = await place();
    const folder = join(around.home, ".config", "openclaw-edge");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "config.json5"), GOOD);
    expect(await loadSettings({}, around)).toMatchObject({ kind: "loaded", file: join(folder, "config.json5") });
  });

  test("one that may not be looked at is not passed over", async () => {
    const { directory } = await place();
    const folder = join(directory, "openclaw-edge");
    await mkdir(folder);
    await writeFile(join(folder, "config.json5"), GOOD);
    await chmod(folder, 0o000);
    const told = checkAsNobody({ XDG_CONFIG_HOME: directory }, directory);
    await chmod(folder, 0o700);
    expect(told).toContain(`${join(folder, "config.json5")} This process may not read it.`);
    expect(told).toContain("--config off");
  });
});

describe("secrets and switches", () => {
  const ROWS = {
    token: option({
      flag: "token",
      value: "T",
      help: "h",
      reason: "r",
      range: "x",
      without: "none",
      secret: true,
      read: (value) => (value === "bad" ? { what: "It is no token.", mend: "Write it into --token-file." } : { value }),
    }),
    keys: option({
      flag: "keys",
      value: "T",
      help: "h",
      reason: "r",
      range: "x",
      without: "none",
      secret: true,
      repeatable: true,
      read: (value) => ({ value }),
    }),
    weak: toggle({ flag: "weak", help: "h", reason: "r" }),
  };

  interface GivenSecrets extends Omit<Given, "file"> {
    readonly file?: string;
    readonly environment?: Record<string, string>;
    readonly files?: Readonly<Record<string, string | Uint8Array>>;
  }

  async function reader(given: GivenSecrets) {
    const around = await place();
    for (const [name, text] of Object.entries({ ...given.files, ...(given.file && { "edge.json5": given.file }) })) {
      await writeFile(join(around.directory, name), text, { mode: 0o600 });
    }
    const surroundings = { ...around, environment: given.environment ?? {} };
    const rows = Object.values(ROWS);
    const config = { ...rows[0], flag: "config", secret: false };
    const flags = given.file === undefined ? { config: ["off"], ...given.flags } : { config: ["edge.json5"], ...given.flags };
    const written = await readSources(flags, surroundings, [config as (typeof rows)[0], ...rows]);
    const options = new OptionReader(ROWS, written, surroundings);
    options.readEverything();
    const said = [...written.problems, ...options.problems].map(({ where, what, mend }) =>
      `${where}: ${what} ${mend}`.replaceAll(`${around.directory}/`, ""),
    );
    return { options, said, warnings: written.warnings };
  }

  test.each<[string, Parameters<typeof reader>[0]]>([
    ["the file itself", { file: `{ token: "s3cret" }` }],
    ["a variable that the file names", { file: `{ token: { env: "TOKEN" } }`, environment: { TOKEN: "s3cret" } }],
    ["a file that the file names", { file: `{ token: { file: "token" } }`, files: { token: "s3cret\n" } }],
    ["a variable", { environment: { OPENCLAW_EDGE_TOKEN: "s3cret" } }],
    [
      "a file that a variable names, its last line end left out",
      { environment: { OPENCLAW_EDGE_TOKEN_FILE: "token" }, files: { token: "s3cret\r\n" } },
    ],
    ["a file that a flag names", { flags: { "token-file": ["token"] }, files: { token: "s3cret" } }],
    ["a file that begins with a byte order mark", { flags: { "token-file": ["token"] }, files: { token: "\uFEFFs3cret\n" } }],
    [
      "the command line before the environment and the file",
      {
        file: `{ token: { file: "old" } }`,
        flags: { "token-file": ["token"] },
        environment: { OPENCLAW_EDGE_TOKEN: "older" },
        files: { token: "s3cret", old: "oldest" },
      },
    ],
    [
      "a file that a variable names before the configuration file",
      {
        file: `{ token: "old" }`,
        environment: { OPENCLAW_EDGE_TOKEN_FILE: "token" },
        files: { token: "s3cret" },
      },
    ],
  ])("a secret comes from %s", async (_name, given) => {
    const { options, said } = await reader(given);
    expect([options.one("token"), said]).toEqual(["s3cret", []]);
  });

  test("several secrets may stand in one file, a line each", async () => {
    const { options } = await reader({ flags: { "keys-file": ["a"] }, files: { a: "one\ntwo\n" } });
    expect(options.all("keys")).toEqual(["one\ntwo"]);
  });

  test.each<[Parameters<typeof reader>[0], string]>([
    [{ file: `{ token: { env: "NONE" } }` }, 'edge.json5:1:10 token: The variable "NONE" is not set.'],
    [{ file: `{ token: { file: "none" } }` }, 'edge.json5:1:10 token: "none" does not exist.'],
    [{ file: `{ token: { value: "s3cret" } }` }, "edge.json5:1:10 token: A secret is a string, or where to find one."],
    [{ file: `{ token: 5 }` }, "edge.json5:1:10 token: A secret is a string, or where to find one."],
    [{ file: `{ token: { env: "A", file: "B" } }` }, "A secret is a string, or where to find one."],
    [{ file: `{ token: "bad" }` }, 'edge.json5:1:10 token: It is no token. Write it into "token".'],
    [
      { environment: { OPENCLAW_EDGE_TOKEN: "a", OPENCLAW_EDGE_TOKEN_FILE: "b" } },
      "OPENCLAW_EDGE_TOKEN_FILE: OPENCLAW_EDGE_TOKEN is set as well.",
    ],
    [{ environment: { OPENCLAW_EDGE_TOKEN_FILE: "." } }, "OPENCLAW_EDGE_TOKEN_FILE: "],
    [{ flags: { "token-file": ["empty"] }, files: { empty: "\n" } }, '--token-file: "empty" is empty.'],
    [{ flags: { "token-file": ["two"] }, files: { two: "s3cret\ns3cret2\n" } }, '--token-file: "two" has more than one line.'],
    [
      { flags: { "token-file": ["latin"] }, files: { latin: Buffer.from("s3cret\xfc", "latin1") } },
      '--token-file: "latin" is not written in UTF-8. Save it as UTF-8.',
    ],
    [{ flags: { "token-file": ["/dev/zero"] } }, '--token-file: "/dev/zero" is no ordinary file.'],
    [{ environment: { OPENCLAW_EDGE_WEAK: "maybe" } }, 'OPENCLAW_EDGE_WEAK: "maybe" is neither true nor false.'],
    [
      { file: `{ weak: "true" }` },
      'edge.json5:1:9 weak: It takes true or false, and this is the string "true". Write it without quotes: true.',
    ],
    [{ file: `{ weak: 1 }` }, "edge.json5:1:9 weak: It takes true or false, and this is the number 1. Write it without quotes"],
  ])("%j is refused, and no secret is repeated", async (given, told) => {
    const { said } = await reader(given);
    expect(said.join("\n")).toContain(told);
    expect(said.join("\n")).not.toContain("s3cret");
  });

  test("a secret in a file that everybody may read is warned about, and one that is elsewhere is not; so is a file that everybody may write", async () => {
    const around = await place();
    const file = join(around.directory, "edge.json5");
    const rows = Object.values(ROWS);
    const warnings = async (text: string, mode: number) => {
      await writeFile(file, text);
      await chmod(file, mode);
      return (
        await readSources({ config: [file] }, { ...around, environment: { X: "x" } }, [
          { ...ROWS.token, flag: "config", secret: false },
          ...rows,
        ])
      ).warnings;
    };
    expect(await warnings(`{ token: "s3cret" }`, 0o644)).toEqual([
      { where: `${file}:1:10 token`, what: expect.stringContaining("every user of this machine"), mend: `Run: chmod o= ${file}` },
    ]);
    expect(await warnings(`{ token: "s3cret" }`, 0o640)).toEqual([]);
    expect(await warnings(`{ token: { env: "X" } }`, 0o644)).toEqual([]);
    // Whoever may write it needs to read nothing.
    expect(await warnings("{}", 0o602)).toEqual([
      { where: file, what: expect.stringContaining("may write to it"), mend: `Run: chmod o-w ${file}` },
    ]);
  });

  test("a switch is on, off, or turned off again on the command line", async () => {
    const weak = async (given: Parameters<typeof reader>[0]) => (await reader(given)).options.one("weak");
    expect(await weak({})).toBe(false);
    expect(await weak({ file: `{ weak: true }` })).toBe(true);
    expect(await weak({ environment: { OPENCLAW_EDGE_WEAK: "yes" } })).toBe(true);
    expect(await weak({ file: `{ weak: true }`, flags: { weak: ["false"] } })).toBe(false);
  });
});

describe("loading again", () => {
  const options = async (given: Given) => (await load(given)).options;

  test("tells which options have another value now, wherever it was written", async () => {
    const before = await options({ file: `{ domain: ["a.lan"], htpasswd: "/u", hsts: 1, "idle-timeout": "60s" }` });
    const same = await options({
      file: `\n{ "idle-timeout": "1m", htpasswd: "/u", domain: "A.lan" }`,
      environment: { OPENCLAW_EDGE_HSTS: "1" },
    });
    expect(changedOptions(before, same)).toEqual([]);
    const other = await options({ file: `{ domain: ["a.lan", "b.lan"], htpasswd: "/u", "head-size": 4096 }` });
    expect(changedOptions(before, other)).toEqual(["domain", "hsts", "idle", "headSize"]);
  });
});

test("the README's example is right", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const [, example = ""] = /```json5\n([^]*?)```/.exec(readme) ?? [];
  const around = await place();
  await writeFile(join(around.directory, "edge.json5"), example);
  await writeFile(join(around.directory, "notify.token"), "token\n");
  const flags = { config: ["edge.json5"], notify: ["https://example.com/hook"], htpasswd: ["users"] };
  expect(await loadSettings(flags, around)).toMatchObject({ kind: "loaded", settings: { edge: { httpsPort: 8443 } } });
});

test("the largest file that is read holds a running edge up for less than 20 ms", async () => {
  const routes = Array.from({ length: 800 }, (_, index) => `  { path: "/app-${index}", to: "http://127.0.0.1:3000", strip: true },\n`);
  const file = `{ htpasswd: "/u", domain: "a.lan", routes: [\n${routes.join("")}] }`.padEnd(65_536);
  expect(file).toHaveLength(65_536);
  const longest = await shortestOf(6, 20, async () => expect((await edge({ file })).routes).toHaveLength(800));
  expect(longest).toBeLessThan(20);
});
