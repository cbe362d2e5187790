import { Agent, request as send } from 'undici'
import { requestTemplate, runItemByItem } from './itemByItem.mjs'

const { url, request, messagesFor } = requestTemplate()
const headers = { 'content-type': 'application/json' }
const dispatcher = new Agent({ connections: 64 })

await runItemByItem(async (texts) => {
  const body = JSON.stringify({ ...request, stream: false, messages: messagesFor(texts) })
  const response = await send(`${url}/chat/completions`, { method: 'POST', headers, body, dispatcher })
  return (await response.body.json()).choices[0].message.content
})
process.exit()
