// The `ai` SDK called as cheaply as it can be: text in, text out, no schema of its own, no retries.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText } from 'ai'
import { requestTemplate, runItemByItem } from './itemByItem.mjs'

const { url, request, messagesFor } = requestTemplate()
const model = createOpenAICompatible({ name: 'instant', baseURL: url })(request.model)

await runItemByItem(async (texts) => {
  const messages = messagesFor(texts)
  const textOf = (role) => messages.find((message) => message.role === role)?.content
  const { text } = await generateText({
    model,
    system: textOf('system'),
    prompt: textOf('user'),
    temperature: 0,
    maxRetries: 0,
  })
  return text
})
process.exit()
