import type { OpenCall } from './openCall.ts'
import { beyondOurDeadlinesMs, keyIsAddedLater, rememberClients, sharedFetch } from './sdkFetch.ts'

/** Where an API of this family is. `query` goes with every request. */
export interface SdkPlace {
  baseUrl: string
  query?: Record<string, string>
}

/** The one place that loads the OpenAI SDK. Everything explicit: what is left out, the SDK takes from stray variables. */
export const openaiClientOf = rememberClients(async (baseURL) => {
  const { OpenAI: Client } = await import('openai')
  return new Client({
    baseURL,
    apiKey: keyIsAddedLater,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: beyondOurDeadlinesMs,
    logLevel: 'off',
    fetch: sharedFetch,
  })
})

/** Hands the call's exchange through the SDK to its `fetch`. */
export function through({ exchange }: OpenCall, { query }: Pick<SdkPlace, 'query'> = {}) {
  return { fetchOptions: { exchange } as object, ...(query ? { query } : {}) }
}
