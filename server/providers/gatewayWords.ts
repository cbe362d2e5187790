/** LiteLLM's own words after those of the backend: what was tried, and how fallbacks are set up. */
const gatewayAdvice = /\s*LiteLLM: model group '[\s\S]*$/
/** Names of classes in front, such as `litellm.RateLimitError: RateLimitError: OpenAIException - `. */
const classNames = /^litellm\.\w+: (?:(?:litellm\.)?\w+(?:Error|Exception): )*(?:\w+Exception - )?/

/** The backend's own sentence, without the names of the gateway's classes in front and its advice behind it. */
export function withoutGatewayWords(message: string): string {
  const said = message.replace(gatewayAdvice, '').replace(classNames, '').trim()
  return said === '' ? message : said
}
