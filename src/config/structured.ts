import { EXEMPTION_NAMES } from "../gateway/exemptions.ts";
import type { JsonSchema } from "./json-schema.ts";

/** A key of the configuration file that holds more than an option can say. Its own file decodes it, from `OptionReader.node`. */
export interface Structured {
  /** What it is for, in one sentence without a full stop. */
  readonly help: string;
  /** What an editor may check of it. */
  readonly schema: JsonSchema;
  /** A value that works, for the file that `config init` writes. */
  readonly example: unknown;
}

const ROUTE: JsonSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    host: { type: "string", description: 'one of the names in "domain"; all of them when it is left out' },
    path: {
      type: "string",
      pattern: "^/[A-Za-z0-9._~/-]*$",
      default: "/",
      description: "the path, and all below it",
    },
    to: {
      type: "string",
      pattern: "^(http://|unix:)",
      examples: ["http://127.0.0.1:3000", "unix:/run/app.sock"],
      description: "who serves it, on this machine or in its private network; the Gateway when only expose is written",
    },
    "dangerously-to": {
      type: "string",
      pattern: "^http://",
      description: "the same for a public address: nothing on this hop is encrypted",
    },
    strip: { type: "boolean", default: false, description: "take the path off before the request goes on" },
    identity: { type: "boolean", default: true, description: "tell the target who is signed in" },
    expose: { enum: EXEMPTION_NAMES, description: "open the path without a sign-in, as this name would be; see openclaw-edge routes" },
  },
};

export const STRUCTURED = {
  routes: {
    help: "what is served besides the Gateway, by host name and path prefix",
    schema: { type: "array", items: ROUTE },
    example: [{ path: "/app", to: "http://127.0.0.1:3000" }],
  },
} as const satisfies Record<string, Structured>;

export type StructuredKey = keyof typeof STRUCTURED;
