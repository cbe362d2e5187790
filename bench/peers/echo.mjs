// A bare JSON-RPC echo: how long a round trip takes at best.
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node'

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process))
connection.onRequest('echo', (params) => params)
connection.listen()
