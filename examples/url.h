/* ws:// and wss:// addresses, RFC 6455 section 3. */
#ifndef URL_H
#define URL_H

struct url {
  int is_secure;          /* wss:// */
  char host[256];         /* without brackets */
  char port[6];           /* 80 or 443 if the address has none */
  char header[272];       /* the value of Host */
  const char *path;       /* with the query; part of the text */
  const char *query_only; /* "/" to be put in front of the path, or "" */
};

/* Returns NULL, or what is wrong. The text must stay. */
const char *url_parse(const char *text, struct url *url);

#endif /* URL_H */
