import type { KindPreset } from '../../protocol/providers.ts'

/** Well-known servers that speak OpenAI's API, at the addresses where they are unless somebody moved them. */
export const compatiblePresets: readonly KindPreset[] = [
  {
    id: 'lm-studio',
    label: 'LM Studio',
    description: 'Its local server, once started under Developer. The first call loads the model.',
    config: { base_url: 'http://localhost:1234/v1' },
  },
  {
    id: 'vllm',
    label: 'vLLM',
    description: 'Started by `vllm serve`. Its key is the one given with --api-key, if any.',
    config: { base_url: 'http://localhost:8000/v1' },
  },
  {
    id: 'llama-cpp',
    label: 'llama.cpp',
    description: 'Started by `llama-server`. Streams, so that slow machines do not time out.',
    config: { base_url: 'http://localhost:8080/v1', stream: true },
  },
  {
    id: 'sglang',
    label: 'SGLang',
    description: 'Started by `python -m sglang.launch_server`. Its models decide over System One.',
    config: { base_url: 'http://localhost:30000/v1', decisions: 'systemone' },
  },
  {
    id: 'localai',
    label: 'LocalAI',
    description: 'Its models decide over System One where their configuration says so.',
    config: { base_url: 'http://localhost:8080/v1', decisions: 'systemone' },
  },
  {
    id: 'litellm',
    label: 'LiteLLM proxy',
    description:
      'A gateway to many providers. Its key is a virtual key of the proxy. Streams, so that cancelling stops the work that costs money; tries nothing again by itself.',
    config: { base_url: 'http://localhost:4000/v1', stream: true, headers: 'x-litellm-num-retries: 0' },
  },
  {
    id: 'fireworks',
    label: 'Fireworks',
    description: 'A hosted service. A model is named in full, such as accounts/fireworks/models/NAME.',
    config: { base_url: 'https://api.fireworks.ai/inference/v1' },
  },
  {
    id: 'upstage',
    label: 'Upstage',
    description: 'A hosted service with Solar models; solar-decide decides over System One.',
    config: { base_url: 'https://api.upstage.ai/v1', decisions: 'systemone' },
  },
]
