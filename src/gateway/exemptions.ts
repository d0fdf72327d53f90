/**
 * What of OpenClaw checks its callers itself, so that it may be opened to callers who can't sign in: senders of webhooks, readers of
 * public links, nodes that join. All of it is closed until it is named. Read off openclaw 2026.9.6 and its documentation.
 *
 * Never to be opened, by any name: `/tools/invoke`, `/api/*` (but for Mattermost's one path), `/v1/*` and `/` itself.
 */
export interface NamedExemption {
  /** Who comes here without a sign-in. */
  readonly what: string;
  /** Where OpenClaw has it unless it was configured otherwise. */
  readonly path: string;
  /** What of it is opened, behind the path: "" the path itself, "/*" what is below it. */
  readonly covers: readonly ("" | "/" | "/*")[];
  /** `UPGRADE` is a WebSocket handshake. */
  readonly methods: readonly ("GET" | "HEAD" | "POST" | "UPGRADE")[];
  /** Who looks at the caller in the edge's place, and at what. */
  readonly checkedBy: string;
  /** What one gives up by opening it. */
  readonly cost: string;
  /** Segments that must not be below the path, because the Gateway takes them for something else wherever they stand. */
  readonly without?: readonly string[];
  /** The port of this machine that serves it, where that is not the Gateway's own. */
  readonly port?: number;
}

const WEBHOOK = { covers: [""], methods: ["POST"] } as const;
const SIGNED = "Strangers reach the code that checks the signature; whoever has the secret can write to the agent";

/** The Gateway redeems a join code behind `/j/` at the end of any path (`/share/j/CODE`): to open that is what `join` is for. */
const NO_JOIN = { without: ["j"] } as const;

export const EXEMPTIONS = {
  share: {
    ...NO_JOIN,
    what: "readers of public links and previews",
    path: "/share",
    covers: ["/*"],
    methods: ["GET", "HEAD"],
    checkedBy: "the Gateway, by the token in the link; previews are the same for everybody",
    cost: "Whoever has a link reads that session until public access is switched off",
  },
  hooks: {
    ...NO_JOIN,
    what: "services that wake the agent",
    path: "/hooks",
    covers: ["/*"],
    methods: ["POST"],
    checkedBy: "the Gateway, by hooks.token (Authorization: Bearer or X-OpenClaw-Token)",
    cost: "Whoever has hooks.token can start agent turns, from anywhere",
  },
  webhooks: {
    ...NO_JOIN,
    what: "services that drive TaskFlows (the Webhooks plugin)",
    path: "/plugins/webhooks",
    covers: ["/*"],
    methods: ["POST"],
    checkedBy: "the plugin, by each route's own secret",
    cost: "Whoever has a route's secret can create and run its TaskFlows",
  },
  slack: {
    ...WEBHOOK,
    what: "Slack (HTTP mode)",
    path: "/slack/events",
    checkedBy: "the Slack plugin, by Slack's signature",
    cost: SIGNED,
  },
  line: { ...WEBHOOK, what: "LINE", path: "/line/webhook", checkedBy: "the LINE plugin, by LINE's signature", cost: SIGNED },
  googlechat: {
    ...WEBHOOK,
    what: "Google Chat",
    path: "/googlechat",
    checkedBy: "the Google Chat plugin, by Google's signed token",
    cost: "Strangers reach the code that checks the token; members of your spaces can write to the agent",
  },
  sms: {
    what: "Twilio, for SMS and MMS",
    path: "/webhooks/sms",
    covers: [""],
    methods: ["GET", "HEAD", "POST"],
    checkedBy: "the SMS plugin, by Twilio's signature, and by a token in the address of an attachment",
    cost: SIGNED,
  },
  synology: {
    ...WEBHOOK,
    what: "Synology Chat",
    path: "/webhook/synology",
    checkedBy: "the Synology Chat plugin, by the token in the body",
    cost: "Whoever has the token can write to the agent: it is not a signature, and whoever reads one request has it",
  },
  mattermost: {
    ...WEBHOOK,
    what: "Mattermost's slash commands",
    path: "/api/channels/mattermost/command",
    checkedBy: "the Mattermost plugin, by the command's token",
    cost: "Whoever has the token can write to the agent: it is not a signature, and whoever reads one request has it",
  },
  discord: {
    ...NO_JOIN,
    what: "Discord Activities",
    path: "/discord/activity",
    covers: ["", "/", "/*"],
    methods: ["GET", "POST"],
    checkedBy: "the Discord plugin, by Discord's OAuth and one-time capabilities; the page itself is public",
    cost: "Strangers reach the Activity's page and the code behind it",
  },
  join: {
    what: "nodes and devices that join by a link",
    path: "/j",
    covers: ["/*"],
    methods: ["GET"],
    checkedBy: "the Gateway, by the join code in the path: used once, short-lived, 132 bits",
    cost: "Whoever sees a join link before it is used pairs a device of their own; the device still needs a sign-in or a pass here",
  },
  worker: {
    what: "workers on other machines (the only WebSocket without a sign-in)",
    path: "/__openclaw__/worker",
    covers: [""],
    methods: ["UPGRADE"],
    checkedBy: "the Gateway, by a worker credential that expires; it speaks nothing but the workers' protocol there",
    cost: "Strangers can open WebSockets to the Gateway's worker admission; the edge can't cut a worker by its user",
  },
  "mcp-oauth": {
    what: "the way back from an MCP server's sign-in",
    path: "/oauth/mcp/callback",
    covers: [""],
    methods: ["GET"],
    checkedBy: "the Gateway, by the state that it gave out for this very sign-in",
    cost: "Strangers reach the code that checks the state",
  },
  telegram: {
    ...WEBHOOK,
    what: "Telegram (webhook mode)",
    path: "/telegram-webhook",
    port: 8787,
    checkedBy: "the Telegram channel, by webhookSecret",
    cost: "Whoever has webhookSecret can write to the agent in anybody's name",
  },
  teams: {
    ...WEBHOOK,
    what: "Microsoft Teams",
    path: "/api/messages",
    port: 3978,
    checkedBy: "the Teams plugin, by Microsoft's signed token",
    cost: "Strangers reach the code that checks the token",
  },
  voice: {
    ...WEBHOOK,
    what: "telephone calls (Twilio, Telnyx, Plivo); not their media streams, which are WebSockets",
    path: "/voice/webhook",
    port: 3334,
    checkedBy: "the Voice Call plugin, by the provider's signature",
    cost: SIGNED,
  },
  nextcloud: {
    ...WEBHOOK,
    what: "Nextcloud Talk",
    path: "/nextcloud-talk-webhook",
    port: 8788,
    checkedBy: "the Nextcloud Talk plugin, by the bot's signature",
    cost: SIGNED,
  },
  feishu: {
    ...WEBHOOK,
    what: "Feishu and Lark (webhook mode)",
    path: "/feishu/events",
    port: 3000,
    checkedBy: "the Feishu plugin, by verificationToken and encryptKey",
    cost: SIGNED,
  },
} as const satisfies Record<string, NamedExemption>;

export type ExemptionName = keyof typeof EXEMPTIONS;

export const EXEMPTION_NAMES = Object.keys(EXEMPTIONS) as readonly ExemptionName[];

export const isExemptionName = (text: string): text is ExemptionName => Object.hasOwn(EXEMPTIONS, text);

/** The same as one type for all rows. */
export const exemption = (name: ExemptionName): NamedExemption => EXEMPTIONS[name];

/**
 * Paths of the Gateway that no exemption may lie on, above or below, wherever OpenClaw was told to move it: there the sign-in is all
 * that checks the caller. The one exception, below `/api`, is in the table above.
 */
export const NEVER_EXEMPT: readonly string[] = ["/tools", "/api", "/v1", "/sessions", "/__openclaw__"];
