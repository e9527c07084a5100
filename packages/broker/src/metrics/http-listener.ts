import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What the pages of the HTTP listener show. */
export interface HttpPages {
  /** All metrics as Prometheus text. */
  metrics(): Promise<string>;
  /** Null when the broker serves, or why it doesn't. */
  notReady(): string | null;
}

/** The broker's HTTP port: `/metrics` for Prometheus, `/healthz` and `/readyz` for who restarts it. */
export class HttpListener {
  readonly #server: Server;

  /** Rejects with the network's `code`, such as EADDRINUSE. */
  static listen(address: { host: string; port: number }, pages: HttpPages): Promise<HttpListener> {
    const server = createServer((request, response) => {
      answer(request, pages).then(
        (reply) => send(response, reply),
        (error: unknown) => send(response, text(500, `${(error as Error).message}\n`)),
      );
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.port, address.host, () => {
        server.off('error', reject);
        resolve(new HttpListener(server));
      });
    });
  }

  private constructor(server: Server) {
    this.#server = server;
    // The listener alone keeps no process alive.
    server.unref();
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

async function answer({ method, url = '' }: IncomingMessage, pages: HttpPages): Promise<Reply> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Only GET is answered here.\n');
  switch (url.split('?', 1)[0]) {
    case '/metrics': {
      const body = await pages.metrics();
      return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body };
    }
    case '/healthz':
      return text(200, 'ok\n');
    case '/readyz': {
      const reason = pages.notReady();
      return reason === null ? text(200, 'ok\n') : text(503, `${reason}\n`);
    }
    default:
      return text(404, 'There are /metrics, /healthz and /readyz.\n');
  }
}

function text(status: number, body: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

function send(response: ServerResponse, { status, contentType, body }: Reply): void {
  response.writeHead(status, { 'content-type': contentType }).end(body);
}
