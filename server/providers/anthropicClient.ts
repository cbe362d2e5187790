import type { OpenCall } from './openCall.ts'
import { beyondOurDeadlinesMs, keyIsAddedLater, rememberClients, sharedFetch } from './sdkFetch.ts'

/** The one place that loads the Anthropic SDK. Everything explicit: what is left out, it takes from variables and profiles. */
export const anthropicClientOf = rememberClients(async (baseURL) => {
  const { Anthropic: Client } = await import('@anthropic-ai/sdk')
  return new Client({
    baseURL,
    apiKey: keyIsAddedLater,
    maxRetries: 0,
    timeout: beyondOurDeadlinesMs,
    logLevel: 'off',
    openTelemetry: false,
    fetch: sharedFetch,
  })
})

/** Hands the call's exchange through the SDK to its `fetch`. */
export function throughAnthropic({ exchange }: OpenCall) {
  return { fetchOptions: { exchange } as object }
}
