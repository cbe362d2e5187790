/** What customers write, and where it belongs in the ready-made list for support. */
const kinds = [
  { category: 'Refund', text: 'I returned the shoes two weeks ago and still wait for my money back.' },
  { category: 'Billing and Payment', text: 'My card was charged twice for the same invoice.' },
  { category: 'Account and Login', text: 'I cannot sign in since I changed my password.' },
  { category: 'Order and Delivery', text: 'The parcel is said to be delivered, but nothing has arrived.' },
  { category: 'Technical Problem', text: 'The app crashes as soon as I open the calendar.' },
  { category: 'How-To Question', text: 'Where do I change the language of my reports?' },
  { category: 'Cancellation', text: 'Please close my account at the end of the month.' },
  { category: 'Feature Request', text: 'It would be great to export the list as a spreadsheet.' },
  { category: 'Complaint', text: 'Third message without a reply. This is unacceptable.' },
  { category: 'Praise', text: 'Thank you, that was solved within minutes!' },
]

export interface Ticket {
  id: string
  text: string
  category: string
}

function makeTickets(count: number): Ticket[] {
  return Array.from({ length: count }, (_, at) => {
    const { category, text } = kinds[at % kinds.length] as (typeof kinds)[number]
    return { id: `T-${1001 + at}`, text: `${text} My number is ${40_000 + at * 7}.`, category }
  })
}

export const tickets: readonly Ticket[] = makeTickets(50)

/** Where a text of a ticket belongs; undefined: it is none. */
export function categoryOfText(text: string): string | undefined {
  return kinds.find((kind) => text.includes(kind.text))?.category
}

/** The first so many. */
export function ticketsAsCsv(count = tickets.length): string {
  return [
    'ticket,received,message',
    ...makeTickets(count).map(({ id, text }, at) => `${id},2026-11-${(at % 28) + 1},"${text}"`),
  ].join('\n')
}
