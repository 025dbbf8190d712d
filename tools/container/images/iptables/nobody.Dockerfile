# One that is not root, so that it may set no rules.
FROM nftproof-test/base
COPY start.sh /start.sh
USER nobody
CMD ["sh", "-c", "sleep 3600"]
