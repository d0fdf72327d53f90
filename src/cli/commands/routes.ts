import { decodeRouting, uniqueNames } from "../../config/decode.ts";
import { toggle } from "../../config/option.ts";
import { OPTIONS } from "../../config/options.ts";
import { command } from "../command.ts";

export const ROUTES = command({
  name: "routes",
  summary: "show which requests go where, and what is open without a sign-in",
  usage: "openclaw-edge routes [options]",
  details:
    "It asks the configuration, not a running edge. For everything that is open it tells the paths and methods, who checks the caller " +
    "in the edge's place, and what it costs.",
  options: {
    domain: OPTIONS.domain,
    upstream: OPTIONS.upstream,
    expose: OPTIONS.expose,
    exposeRate: OPTIONS.exposeRate,
    httpsPort: OPTIONS.httpsPort,
    httpPort: OPTIONS.httpPort,
    all: toggle({ flag: "all", help: "what could be opened, too", reason: "To choose what to write behind --expose" }),
    json: toggle({ flag: "json", help: "as JSON", reason: "For programs" }),
  },
  examples: [
    { line: "openclaw-edge routes --config edge.json5", does: "before the edge is started with it" },
    { line: "openclaw-edge routes --all", does: "everything that --expose can open" },
    { line: "openclaw-edge routes --expose share,hooks", does: "what that would mean" },
  ],
  check: ({ options }) => decodeRouting(options, uniqueNames(options.all("domain"))).problems,
  run: async ({ options, written }) => {
    const { showRoutes } = await import("../routes.ts");
    const domains = uniqueNames(options.all("domain"));
    const { routes, expose } = decodeRouting(options, domains);
    const config = { domains, routes, expose, upstream: options.required("upstream") };
    const [all, json] = [options.required("all"), options.required("json")];
    return showRoutes(config, { all, json, rate: options.required("exposeRate"), file: written.file });
  },
});
