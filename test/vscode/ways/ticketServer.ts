import { startFakeModelServer } from '../../support/providers/fakeModelServer.ts'
import { categoryOfText, tickets } from './tickets.ts'

export interface TicketServer {
  readonly origin: string
  /** How often it was asked for an answer. */
  readonly calls: number
  /** Where the ticket belongs. */
  categoryOf(id: string): string
  close(): Promise<void>
}

export const ticketModel = 'ticket-model'

/** A model that knows where each of the tickets belongs, as far as the list that it is given has it. */
export async function startTicketServer(): Promise<TicketServer> {
  const server = await startFakeModelServer({
    models: [ticketModel],
    decide({ prompt, schema }) {
      const keys = [...prompt.matchAll(/<<<ITEM (\S+) \S+\n([\s\S]*?)\nITEM \1 /g)]
      if (keys.length === 0) return undefined
      const wantsScore = JSON.stringify(schema).includes('"interest"')
      const verdicts = keys.map(([, key, text = '']) => [key, wantsScore ? score() : categorize(text)])
      return { value: { verdicts: Object.fromEntries(verdicts) } }
    },
  })
  return {
    origin: server.origin,
    get calls() {
      return server.chats.length
    },
    categoryOf: (id) => tickets.find((ticket) => ticket.id === id)?.category ?? '',
    close: () => server.close(),
  }
}

function categorize(text: string) {
  const category = categoryOfText(text)
  return { categories: category === undefined ? [] : [category], confidence: 0.9, suggested: null }
}

function score() {
  return { interest: 6, quality: 7, reasoning: 'A customer describes one problem.' }
}
