// The server's completion agent: calls the routines of completed commands on the thread that was lent to it.
#pragma once

#include "server_session.h"

namespace sqlvdi::embedded {

// NOERROR once every device is closed; VD_E_ABORT after every outstanding command was completed with 995.
HResult runCompletionAgent(ServerSession& session);

}  // namespace sqlvdi::embedded
