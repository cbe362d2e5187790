import type { Client } from '../invocation/client.ts'

/** What was found with the key before says nothing any more: above all that there was none. Kept when this resolves. */
export async function tellKeyChanged(client: Client, provider: string): Promise<void> {
  await client.notify('secret/changed', { provider })
  // A notification is not answered, and the program may end next: whatever is answered after it proves that it was heard.
  await client.request('provider/get', { provider })
}
