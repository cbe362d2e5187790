import type { Ollama } from 'ollama'
import { say } from '../../shared/message.ts'
import { invalidResponse, reasonOfFailure, reasonOfUnusableBody } from './failureReason.ts'
import { BrokenLineError, withWholeLines } from './ollamaLines.ts'
import { reasonOfMidStreamError, reasonOfOllamaStatus } from './ollamaReason.ts'
import type { OpenCall } from './openCall.ts'

/** The one place that loads the Ollama SDK. A client costs nothing, so each call has its own. */
export async function ollamaClientOf({ endpoint, exchange }: OpenCall): Promise<Ollama> {
  const { Ollama: Client } = await import('ollama')
  return new Client({ host: endpoint, fetch: withWholeLines(exchange.fetch) })
}

/** What breaks a stream has no code: neither a line with an error in it nor its end comes as more than an Error. */
export function reasonOfBrokenStream(error: unknown, open: OpenCall) {
  const context = open.context()
  const { facts } = open.exchange
  if (facts.failure !== null || facts.status === null || facts.status > 299) {
    return reasonOfFailure(error, context, reasonOfOllamaStatus)
  }
  const unusable = reasonOfUnusableBody(context)
  if (unusable !== null) return unusable
  if (error instanceof BrokenLineError) {
    if (error.said !== undefined) return reasonOfMidStreamError(error.said, context)
    return invalidResponse(error.isLast ? 'truncated' : 'not_json', say('a line of it is not complete JSON'), context)
  }
  return invalidResponse('truncated', say('it ends before it says that it is complete'), context)
}
