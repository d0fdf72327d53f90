/** The routes that only the check before the bench asks for. They may cost what node:http costs. */
import { createServer } from "node:http";

/** Milliseconds between the two events of `/events`: a proxy that holds the first one back is found out. */
export const EVENT_PAUSE = 400;

/** Never listens: the raw server hands it the connections of these routes. Each ends with its answer, so that none returns to a pool. */
export const slowServer = createServer((request, response) => {
  response.setHeader("Connection", "close");
  switch (request.url) {
    case "/fields":
      response.end(JSON.stringify(request.rawHeaders));
      return;
    case "/echo":
      request.pipe(response);
      return;
    case "/events":
      response.setHeader("Content-Type", "text/event-stream");
      response.write("data: first\n\n");
      setTimeout(() => response.end("data: second\n\n"), EVENT_PAUSE);
      return;
    default:
      response.statusCode = 404;
      response.end();
  }
});
