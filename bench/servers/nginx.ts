/** What both nginx competitors share: everything but sign-in and the way to the upstream. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { startBinary } from "./binary.ts";
import type { RunningServer, ServerContext } from "./server.ts";

export interface NginxDifference {
  /** Directives of `http { … }`. */
  readonly http: string;
  /** Directives of `location / { … }`, with `proxy_pass`. */
  readonly location: string;
}

/**
 * nginx with a scratch prefix in place of Debian's directories. Logs as the product's default: one line for each request, to a file.
 * Buffering is off in both, as every guide for OpenClaw has it: with buffering nginx holds events back.
 */
export async function startNginx(context: ServerContext, difference: NginxDifference): Promise<RunningServer> {
  const { directory, port, domain, certificate, key } = context;
  for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) await mkdir(join(directory, name), { recursive: true });
  const configuration = `
worker_processes auto;
worker_rlimit_nofile 20000;
daemon off;
pid ${directory}/nginx.pid;
error_log ${directory}/stderr.log;
events { worker_connections 15000; }
http {
  access_log ${directory}/access.log;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  tcp_nopush on;
  keepalive_requests 100000000;
  map $http_upgrade $connection_upgrade { default upgrade; '' ${difference.http.includes("keepalive") ? "''" : "close"}; }
  ${difference.http}
  server {
    listen 127.0.0.1:${port} ssl http2 backlog=4096;
    server_name ${domain};
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.2 TLSv1.3;
    client_max_body_size 100m;
    location / {
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_buffering off;
      proxy_read_timeout 86400s;
      proxy_send_timeout 86400s;
      ${difference.location}
    }
  }
}
`;
  const file = join(directory, "nginx.conf");
  await writeFile(file, configuration);
  return startBinary(context, "nginx", { args: ["-p", directory, "-e", join(directory, "stderr.log"), "-c", file] });
}
