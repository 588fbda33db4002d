module.exports = class {
  id() { return 'by-hand'; }
  async callApi(prompt) {
    if (prompt.includes('Atlantis')) return { error: 'API error: 503 Service Unavailable' };
    return { output: prompt.includes('Peru') ? 'Lima' : 'Chile: Santiago', tokenUsage: { total: 12, prompt: 10, completion: 2, cached: 0 }, cost: 0.0003, cached: false };
  }
};
