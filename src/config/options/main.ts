import { readServedName } from "../names.ts";
import { option, optionGroup } from "../option.ts";
import { readConfigFilePath, readPath, readTls } from "../plain-values.ts";
import { readUpstream } from "../upstream-target.ts";

export const MAIN = optionGroup("Main options", {
  config: option({
    flag: "config",
    value: "FILE",
    help: "the configuration file, in JSON5; off for none",
    reason: "All of this in one place, with comments; the command line wins over the environment, and both over the file",
    range: "a path; `off`",
    without: "`~/.config/openclaw-edge/config.json5`, else `/etc/openclaw-edge/config.json5`, where there is one",
    read: readConfigFilePath,
  }),
  domain: option({
    flag: "domain",
    value: "NAME",
    help: "a name or IP address that the edge answers for; repeatable",
    reason: "Any other name is refused before sign-in, so nobody reaches the Gateway under a name of their own",
    range: "host names and IP addresses",
    without: "required",
    repeatable: true,
    read: readServedName,
  }),
  upstream: option({
    flag: "upstream",
    value: "URL",
    help: "where the Gateway listens",
    reason: "Only loopback, private addresses and unix sockets: this hop is not encrypted",
    range: "`http://host:port` or `unix:/path/to.sock`",
    default: "http://127.0.0.1:18789",
    read: readUpstream,
  }),
  htpasswd: option({
    flag: "htpasswd",
    value: "FILE",
    help: "the users: an htpasswd file with bcrypt passwords",
    reason: "Made by `openclaw-edge user add`, or by htpasswd -B; changes are taken up while the edge runs",
    range: "a path",
    without: "`users` in the state directory; the first start makes it",
    read: readPath,
  }),
  cert: option({
    flag: "cert",
    value: "FILE",
    help: "certificate chain in PEM, with --key",
    reason: "Changes are taken up while the edge runs, so a renewal needs no restart",
    range: "a path",
    without: "none",
    read: readPath,
  }),
  key: option({
    flag: "key",
    value: "FILE",
    help: "the certificate's private key in PEM, with --cert",
    reason: "Read again with the certificate, never logged",
    range: "a path",
    without: "none",
    read: readPath,
  }),
  tls: option({
    flag: "tls",
    value: "internal",
    help: "internal: make every certificate with a local CA; acme: obtain every certificate, for private names too",
    reason: "Browsers warn until they trust a local CA; public names are never given one unless this asks for it",
    range: "`internal`, `acme`",
    without: "acme for public names and addresses, internal for localhost and private ones",
    read: readTls,
  }),
});
