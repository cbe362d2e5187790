import type { ConnectionOptions, Message } from 'vscode-languageserver'
import { isRecord } from '../../protocol/names.ts'

/**
 * vscode-languageserver reads `params.capabilities` of `initialize` before it asks us, and ends as a bug of its own where that is
 * missing. With something to read there the message comes as far as our own check, which answers InvalidParams.
 */
export const initializeOptions: ConnectionOptions = {
  messageStrategy: {
    handleMessage: (message, next) => void next(isInitialize(message) ? withCapabilities(message) : message),
  },
}

type InitializeMessage = Message & { method: 'initialize'; params?: unknown }

function isInitialize(message: Message): message is InitializeMessage {
  return 'method' in message && message.method === 'initialize'
}

function withCapabilities(message: InitializeMessage): Message & { params: object } {
  const params = isRecord(message.params) ? message.params : {}
  const capabilities = isRecord(params.capabilities) ? params.capabilities : {}
  return { ...message, params: { ...params, capabilities } }
}
