// The least that a language server can be: how long starting one takes at best.
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node'

const connection = createConnection(ProposedFeatures.all)
connection.onInitialize(() => ({ capabilities: {} }))
connection.listen()
