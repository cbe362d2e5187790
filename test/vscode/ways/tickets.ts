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

export const tickets: readonly Ticket[] = Array.from({ length: 50 }, (_, at) => {
  const { category, text } = kinds[at % kinds.length] as (typeof kinds)[number]
  return { id: `T-${1001 + at}`, text: `${text} My number is ${40_000 + at * 7}.`, category }
})

export function ticketsAsCsv(): string {
  return [
    'ticket,received,message',
    ...tickets.map(({ id, text }, at) => `${id},2026-11-${(at % 28) + 1},"${text}"`),
  ].join('\n')
}
