/** Settings in which people keep keys in plain text: ours, should somebody put one there, and those of other extensions. */
const settingNames: readonly { of: string; name: RegExp }[] = [
  { of: 'LLM Providers', name: /^llmProviders\./ },
  { of: 'any extension', name: /(?:^|[._-]|[a-z])(?:api|access|auth|secret|bearer)[-_.]?(?:key|token)s?$/i },
  {
    of: 'any extension, by the provider',
    name: /(?:openai|anthropic|claude|gemini|google|groq|mistral|cohere|deepseek|openrouter|azure|ollama)[\w.-]*(?:key|token)$/i,
  },
  {
    of: 'settings of environments, such as terminal.integrated.env',
    name: /(?:^|[._])[A-Z0-9_]+_(?:API_)?(?:KEY|TOKEN)$/,
  },
  { of: 'headers of requests', name: /headers?\.(?:authorization|x-api-key|api-key|x-goog-api-key)$/i },
]

/** Whether the setting of that name is one in which a key may stand. Others are not looked at, whatever they hold. */
export function mayHoldKey(name: string): boolean {
  return settingNames.some((row) => row.name.test(name))
}
