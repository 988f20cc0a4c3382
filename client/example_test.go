package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"fob/client"
	"fob/client/secret"
)

// A program that lists the keys of a workspace while they are read, and learns at the end whether it saw all of them.
func Example() {
	// What stands in for the platform here; otherwise BaseURL is "https://api.cloud.deepset.ai".
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"data":[
			{"api_token_id":"1f0c","name":"nightly index","personal":false,"expires_at":"2027-01-31T22:59:59.000Z"},
			{"api_token_id":"9a3e","personal":true,"expires_at":null,"user":{"given_name":"Ana","family_name":"Díaz"}}
		],"has_more":false,"total":2}`)
	}))
	defer platform.Close()

	keys, err := client.New(client.Options{
		BaseURL: platform.URL,
		Credential: func(context.Context) (secret.Value, error) {
			return secret.New("a session token, from wherever it is kept"), nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer keys.Close()

	for key, err := range keys.Keys(context.Background(), client.Scope{Workspace: "legal"}) {
		if err != nil { // a *client.PartialError if the list isn't known to be whole
			log.Fatal(err)
		}
		name, named := key.Name.Get()
		if !named {
			name = key.ID
		}
		expires := "not shown"
		if at, ok := key.ExpiresAt.Get(); ok {
			expires = at.Format("2 January 2006")
		} else if key.ExpiresAt.IsNull() {
			expires = "never"
		}
		fmt.Printf("%s: %s\n", name, expires)
	}
	// Output:
	// nightly index: 31 January 2027
	// 9a3e: never
}
