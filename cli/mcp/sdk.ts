// biome-ignore-all lint/performance/noBarrelFile: the bundler makes a file of its own of this module, which only `mcp` reads
export { McpServer, ResourceTemplate, type ServerContext } from '@modelcontextprotocol/server'
export { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
