/**
 * What people choose most often, by letters only: `isCommon` (common-password.ts) takes care of capitals, digits and signs around them,
 * letters written as digits, two of them in a row, repetitions, and runs on the keyboard, so that each entry stands for thousands.
 *
 * Written down for this project from general knowledge of what every published study of leaked passwords finds at the top: words for
 * a password, first names, love, animals, teams, players, bands, films, cars, places, months, swearing, games, and what administrators
 * set and mean to change. No published list was copied.
 */
export const COMMON_PASSWORDS: readonly string[] = `
password passwort passwd passcode passphrase passkey pass passme mypass mypassword yourpassword newpassword oldpassword thepassword
passwords passwordx passworld motdepasse contrasena contrasenya clave senha parola haslo heslo lozinka wachtwoord losenord adgangskode
salasana jelszo sifre parool passord kennwort geheim secret secreto segredo segreto topsecret supersecret mysecret letmein letmeinnow
letmeinplease openup opensesame sesame welcome welcomehome welcometo welkom willkommen bienvenue bienvenido benvenuto login logon logmein
loginme signin admin admins administrator administrador administrateur adminadmin adminpass adminpassword sysadmin systemadmin webadmin
webmaster postmaster hostmaster root rootroot rootpass toor superuser superadmin supervisor manager operator user username users guest
guestguest visitor default changeme changeit changethis changemenow pleasechange temp temporary temppass temppassword test tester testing
testtest testuser testpass testpassword demo demodemo example sample trial master masterkey access accessgranted noaccess enter enterme
entrar server service support helpdesk backup database oracle mysql postgres mongodb redis docker kubernetes jenkins gitlab github ansible
vagrant puppet ubuntu debian centos redhat fedora linux unix windows microsoft apple macbook iphone ipad android samsung galaxy nokia
motorola sony siemens philips panasonic toshiba lenovo thinkpad dell hewlett packard cisco juniper huawei xiaomi netgear linksys router
switch firewall network internet intranet wireless wifi wlan broadband modem google gmail youtube facebook instagram twitter whatsapp
telegram snapchat tiktok linkedin myspace tumblr pinterest reddit netflix spotify amazon ebay paypal yahoo hotmail outlook office excel
computer computers laptop desktop keyboard monitor printer mouse hacker hackers hacking hackme hacked cracker security secure safety
private privat privado personal personnel control system company business work working worker boss employee finance account accounts
accounting bank banking money cash dollar dollars euro million millionaire billion rich gold golden silver platinum diamond diamonds
crystal pearl ruby emerald sapphire jewel treasure qwerty qwertz azerty qwert qwer qwertyu qwertyui qwertyuio qwertyuiop qwertzuiop
azertyuiop asdf asdfg asdfgh asdfghj asdfghjk asdfghjkl zxcv zxcvb zxcvbn zxcvbnm yxcvbnm wxcvbn qazwsx qazwsxedc qweasd qweasdzxc qwaszx
asdzxc poiuy poiuyt poiuytrewq lkjhgfdsa mnbvcxz ytrewq fdsa dvorak abcd abcde abcdef abcdefg abcdefgh abcdefghi abcdefghij abcabc xyz
xyzxyz aaa aaaa asd asdasd qwe qweqwe zxc zxczxc iloveyou iloveu iloveyoubaby iloveyousomuch iloveme iloveher ilovehim ilovegod ilovejesus
ilovemom ilovemum ilovemymom ilovemyself ilovemyfamily ilovemylife ilovemybaby ilovemydog ilovemycat ilovemywife ilovemyhusband
iloveyouforever iloveyoutoo loveyou loveu loveme lovelove lovely lovers lover loverboy lovergirl love loves loved loving lovebug lovebird
lovebirds loveless lovelife lovesongs truelove mylove mylover mybaby myangel myheart myhoney myfamily mylife mydog mycat mywife myhusband
mygirl myboy myself mykids myson mother father mommy daddy mummy mama papa mom mum dad momdad mumdad mamapapa sister brother sisters
brothers son daughter grandma grandpa granny nana wife husband family families baby babyboy babygirl babydoll babyface babyblue babylove
babycakes boyfriend girlfriend bestfriend bestfriends friend friends friendship friendsforever forever foreverlove always alwaysandforever
together soulmate sweet sweetheart sweetie sweety sweetpea sweetness sugar sugarplum honey honeybee honeybear honeymoon darling dear
dearest cutie cutiepie cute cutegirl kiss kisses kissme kisskiss hug hugs heart hearts heartless heartbreak heartbreaker broken
brokenheart teamo teamomucho teamare tequiero tequieromucho tiamo jetaime ichliebedich amor amore amormio miamor amorcito amour mivida
princesa princess princesse prinzessin prince queen king kings kingdom kingkong royal royalty lady ladies gentleman mister missy girl
girls boy boys boyz man men woman women chick chicks dude bro bros homeboy angel angels angela angelo angelito angelita angelica angelina
heaven heavens hell devil devils demon demons satan lucifer god godisgood godisgreat godislove godbless goddess blessed blessing jesus
jesuschrist jesusislord jesuslovesme jesussaves jesusfreak christ christian church cross faith faithful hope trust believe grace glory
spirit holy saint saints bible genesis exodus psalms matthew prayer amen allah bismillah mohammed muhammad ahmed ahmad mustafa ibrahim
yusuf omar hassan hussain hussein krishna ganesh ganesha shiva sairam omsairam buddha sunshine sunny sunflower sunset sunrise sun moon
moonlight star stars starlight stargate starwars startrek starbucks superstar rockstar popstar shooting night nights midnight daylight day
days today tomorrow yesterday someday sunday monday tuesday wednesday thursday friday saturday weekend january february march april may
june july august september october november december januar februar juni juli oktober dezember janvier fevrier avril juin juillet aout
enero febrero abril mayo junio julio agosto septiembre octubre noviembre diciembre winter spring summer autumn fall season seasons
christmas xmas easter halloween holiday holidays birthday happybirthday newyear happynewyear vacation beach ocean sea island river rivers
lake mountain mountains forest wood woods tree trees flower flowers rose roses lily lilies daisy violet jasmine tulip orchid lavender
blossom garden rain raining rainy rainbow rainbows storm stormy thunder lightning snow snowball snowflake snowman ice icecream fire
fireball firefly flame flames water waters wave earth world universe planet mars venus saturn jupiter mercury neptune pluto apollo cosmos
space rocket monkey monkeys dragon dragons dragonball dragonballz dragonfly dog dogs doggy doggie doggies puppy puppies cat cats catdog
kitty kitties kittycat kitten kittens hellokitty tiger tigers tigger lion lions lioness lionking bear bears teddybear teddy teddybears
panda pandas pandabear wolf wolves wolfpack werewolf fox foxy horse horses pony unicorn unicorns zebra giraffe elephant rhino hippo
gorilla chimp cow cows cowboy cowboys cowgirl bull bulls bulldog bulldogs pig piggy piglet pigs sheep lamb goat chicken chickens
chickenwing rooster duck ducks ducky goose turkey eagle eagles falcon falcons hawk hawks owl raven ravens crow bird birds birdie parrot
penguin penguins dolphin dolphins whale shark sharks fish fishes fishing fisher goldfish turtle turtles frog froggy frogs toad snake
snakes cobra python viper anaconda lizard gecko dinosaur spider spiders scorpion scorpio butterfly butterflies bee bees ladybug bug bugs
ant rabbit rabbits bunny bunnies hamster mickey mickeymouse minnie minniemouse rat rats squirrel beaver badger otter buddy buddyboy max
maxwell maxdog charlie charlieboy bella bailey cooper lucky luckydog luckyme rocky rockydog sadie molly maggie daisymae jake toby buster
duke shadow oreo coco ginger pepper peppers smokey smoky sammy sasha zoe chloe sophie lola lulu roxy princessa precious peanut peanuts
pumpkin cookie cookies cookiemonster muffin biscuit brownie snickers snoopy snoop snoopdogg scooby scoobydoo scooter scout gizmo simba
nala bandit bandits boomer harley harleydavidson hunter hunters hunting rusty dusty misty missie patches fluffy tinkerbell tinker felix
garfield sylvester tweety tweetybird bugsbunny daffy daffyduck donald donaldduck goofy bambi dumbo stitch nemo shrek spongebob patrick
squidward homer bart simpson simpsons thesimpsons pikachu pokemon pokemongo charizard digimon naruto sasuke sakura itachi goku vegeta
gohan luffy onepiece bleach ichigo sailor sailormoon doraemon totoro barbie barbiegirl superman batman spiderman ironman hulk wolverine
xmen deadpool avengers captain captainamerica marvel thor loki joker robin catwoman wonderwoman superhero supergirl superboy ninja ninjas
ninjaturtles samurai warrior warriors knight knights viking vikings spartan spartans trojan trojans pirate pirates gladiator champion
champions winner winners winning victory victor hero heroes legend legends legendary phoenix griffin pegasus vampire vampires zombie
zombies ghost ghosts ghostrider monster monsters alien aliens predator terminator robocop matrix neo trinity morpheus gandalf frodo bilbo
aragorn legolas gollum lordoftherings hobbit tolkien harrypotter harry potter hermione ronald dumbledore hogwarts gryffindor slytherin
voldemort starwar skywalker anakin lukeskywalker darthvader vader yoda masteryoda jedi jediknight sith chewbacca chewie hansolo
princessleia leia padme obiwan stormtrooper theforce maytheforce usetheforce enterprise voyager picard kirk spock mulder scully xfiles
gameofthrones winterfell targaryen jonsnow breakingbad heisenberg sherlock sherlocked moriarty drwho doctorwho tardis dalek jamesbond bond
goldfinger goldeneye rambo rockybalboa godfather scarface pulpfiction titanic avatar inception braveheart twilight edward edwardcullen
hungergames katniss frozen elsa olaf disney disneyland pixar lionheart aladdin ariel cinderella football futbol fussball soccer baseball
basketball volleyball softball hockey icehockey tennis golf golfer golfing cricket rugby boxing wrestling karate judo taekwondo skate
skater skateboard skateboarding snowboard snowboarding ski skiing surf surfer surfing swim swimmer swimming runner running cycling bike
biker bicycle bmx motocross racing racer race speed speedy sport sports gymnast gymnastics dance dancer dancing cheer cheerleader
cheerleading coach player players team teams goal goalie goalkeeper striker arsenal chelsea liverpool liverpoolfc manchester
manchesterunited manutd manunited mancity everton tottenham spurs hotspur westham newcastle astonvilla leeds leedsunited celtic rangers
barcelona barca fcbarcelona realmadrid madrid atletico valencia sevilla juventus juve milan acmilan inter intermilan roma lazio napoli
bayern bayernmunich dortmund borussia schalke hamburg ajax feyenoord benfica sporting porto fcporto galatasaray fenerbahce besiktas boca
bocajuniors riverplate flamengo corinthians palmeiras santos gremio america chivas cruzazul pumas olympique marseille psg lyon steaua
dinamo spartak cska zenit yankees redsox mets cubs dodgers giants braves cardinals orioles phillies astros mariners athletics padres
rockies royals twins whitesox bluejays lakers celtics chicago knicks heat pistons rockets mavericks suns sixers cavaliers steelers packers
patriots broncos raiders redskins jets bills bengals browns colts jaguars titans chargers chiefs buccaneers panthers seahawks rams canucks
mapleleafs bruins redwings blackhawks canadiens flyers oilers gators longhorns buckeyes wolverines tarheels bluedevils crimson hurricanes
seminoles huskers hawkeyes badgers jordan michaeljordan airjordan lebron lebronjames kobe kobebryant bryant shaq iverson curry stephcurry
messi lionelmessi ronaldo cristianoronaldo cristiano ronaldinho neymar beckham davidbeckham zidane maradona pele rooney gerrard lampard
drogba torres kaka henry federer nadal djokovic serena tigerwoods schumacher ferrari hamilton senna rossi valentino valentinorossi tyson
miketyson ali muhammadali undertaker johncena cena hulkhogan stonecold steveaustin rock therock wwe wrestlemania porsche mercedes benz bmw
audi volkswagen jetta passat opel astra corsa peugeot renault citroen fiat alfaromeo lancia maserati lamborghini bugatti bentley
rollsroyce jaguar landrover rangerover volvo saab skoda seat toyota corolla camry supra honda civic accord acura nissan skyline maxima
mazda subaru impreza mitsubishi lancer evolution suzuki kawasaki yamaha ducati hyundai kia lexus infiniti ford mustang focus fiesta escort
ranger explorer bronco chevy chevrolet camaro corvette silverado impala dodge charger challenger chrysler jeep wrangler cherokee hummer
cadillac pontiac firebird buick lincoln tesla truck trucks trucker car cars driver driving drive engine turbo diesel motor motorcycle
chopper train trains airplane airforce pilot navy marine marines army soldier soldiers military sniper killer killers assassin hitman
gangster gangsta mafia thug thuglife ghetto gun guns bullet bullets weapon rifle police policeman cop fireman firefighter rescue doctor
doctors nurse nurses teacher teachers student students school highschool college university science physics biology chemistry math
mathematics history english spanish french german italian latin music musical musician piano guitar guitarist bass drums drummer drum
violin saxophone trumpet flute singer singing song songs radio rocknroll metal heavymetal metallica ironmaiden slayer megadeth pantera
slipknot korn linkinpark limpbizkit systemofadown rammstein nirvana kurt kurtcobain cobain pearljam soundgarden greenday blink offspring
foofighters nickelback creed evanescence paramore mychemicalromance falloutboy panic tokiohotel thebeatles beatles beetles lennon
johnlennon mccartney rollingstones stones ledzeppelin zeppelin pinkfloyd floyd blacksabbath acdc freddiemercury thedoors doors jimmorrison
jimihendrix hendrix santana aerosmith bonjovi gunsnroses vanhalen journey rush depeche depechemode thecure radiohead coldplay oasis blur
muse placebo gorillaz daftpunk prodigy eminem slimshady shady tupac biggie notorious wutang wutangclan drdre icecube fiftycent jayz kanye
kanyewest lilwayne drake nickiminaj rihanna beyonce britney britneyspears madonna michaeljackson jackson janet whitney mariah mariahcarey
shakira jennifer jenniferlopez jlo selena selenagomez justin justinbieber bieber onedirection harrystyles zayn niall taylorswift taylor
swift ladygaga katyperry adele amy winehouse miley mileycyrus hannahmontana jonas jonasbrothers nickjonas backstreetboys nsync spicegirls
spice westlife takethat bts blackpink exo superjunior bigbang shinee kpop bobmarley marley rasta reggae hiphop rap rapper techno trance
house dubstep dj djtiesto tiesto armin elvis elvispresley presley sinatra johnny johnnycash dylan bobdylan springsteen games game gamer
gamers gaming gameover playstation playboy playgirl playing xbox nintendo gameboy wii sega sonic mario supermario luigi zelda link metroid
kirby tetris pacman halo masterchief gears gearsofwar callofduty modernwarfare blackops warfare battlefield counterstrike halflife gordon
freeman portal teamfortress steam minecraft creeper herobrine steve roblox fortnite pubg leagueoflegends league dota warcraft
worldofwarcraft horde alliance thrall arthas illidan starcraft zerg protoss terran diablo overwatch runescape guildwars everquest lineage
ragnarok finalfantasy cloud cloudstrife sephiroth squall kingdomhearts residentevil silenthill tombraider laracroft lara assassinscreed
ezio skyrim fallout witcher geralt masseffect shepard bioshock grandtheftauto gta vicecity sanandreas needforspeed granturismo fifa madden
nba pes sims thesims civilization ageofempires doom quake unreal tournament mortalkombat streetfighter tekken chocolate chocolates candy
candies candyman candygirl lollipop bubblegum bubbles bubba bubble strawberry strawberries cherry cherries apples applepie orange oranges
lemon lemons lemonade lime banana bananas mango peach peaches pineapple coconut grape grapes melon watermelon berry blueberry raspberry
kiwi papaya tomato potato potatoes onion carrot broccoli pickle pickles cheese cheesecake butter butterscotch bacon burger cheeseburger
hamburger hotdog pizza pasta spaghetti macaroni noodle noodles rice sushi taco tacos burrito nacho sandwich bread toast cake cupcake
cupcakes brownies donut doughnut pancake pancakes waffle waffles pie vanilla caramel cinnamon coffee espresso cappuccino latte tea milk
milkshake juice cola cocacola coke pepsi sprite fanta drpepper mountaindew redbull beer beers heineken budweiser corona guinness carlsberg
wine whiskey whisky jackdaniels jameson vodka smirnoff absolut tequila rum bacardi captainmorgan margarita martini champagne drink drunk
drinking party partytime dinner breakfast lunch mcdonalds subway red blue green yellow purple pink white black brown grey gray turquoise
colour color colors blackcat blackdog blackbird blackmagic blackjack blackberry blackandwhite blacklabel blackrose redrose redhot redhead
reddog redwine bluesky bluemoon blueeyes bluebird bluedog bluestar greentea greeneyes yellowsubmarine purplerain purplehaze pinky pinkie
pinkpanther whitecat whiterose whitetiger snowwhite darkness dark darkangel darkside darklord darkknight light lights shine bright
brightness happy happiness happyday happydays happyface happyfeet behappy smile smiles smiley smiling laugh laughing lol lolol lmao rofl
haha hahaha hehe joy joyful fun funny funnyman funtime crazy crazygirl crazyboy crazyman insane psycho mad madness madman loco loca wild
wildcat wildcats wildone cool coolguy coolgirl coolboy coolman coolio coolest awesome amazing perfect perfection beautiful beauty gorgeous
pretty prettygirl prettywoman hot hottie hotgirl hotboy hotstuff sexy sexygirl sexyboy sexybitch sexylady sexymama sexything sexyback sex
sexsex sexo porn porno xxx playmate pornstar naked nude boobs boobies tits titties ass asshole assholes bigass butthead butt buttercup
pussy pussycat cock dick bigdick penis vagina fuck fucker fuckers fucking fuckyou fuckyouall fuckme fuckoff fuckit fucked fuckthis
fuckthat fuckthisshit fuckyoubitch motherfucker mofo shit shithead bullshit dumbass dumb jackass bitch bitches bitchy bitchass sonofabitch
bastard whore slut slutty damn dammit damnit goddamn crap suck sucker suckers sucks suckit suckme suckmydick eatme eatshit biteme
kissmyass puta puto pendejo cabron mierda carajo culo joder merde putain connard salope scheisse arschloch hurensohn ficken fotze cazzo
stronzo vaffanculo merda caralho porra kurwa dupa chuj cholera suka blyat bollocks wanker tosser bugger bloody whatever whatsup
whatthehell whatthefuck wtf why whynot nothing something anything everything everyone nobody somebody noone no yes yesyes nono maybe never
neverland nevermind nevergiveup neveragain neverforget dontforget donttouch dontknow idontknow idontcare idk forgot forgotten iforgot
forget forgetit forgetme remember rememberme remembering guess guessme guesswho guessit hello hellohello hellothere helloworld hi hihi hey
heyhey heyyou hola holahola bonjour ciao aloha namaste goodbye bye byebye thanks thankyou thankgod please pleaseme sorry excuse stop
stopit go gogo gogogo goaway getout getoff getlost run runaway leave leaveme leavemealone alone lonely lonelyboy single married divorced
free freedom freeme liberty independence justice peace peaceful peaceandlove peaceout war battle fight fighter power powers powerful
powerman strong strength strongman super superb supercool supersonic superduper ultra mega giga hyper magic magical magician mystic
mystical mystery mysterious myst fantasy fantastic dream dreams dreamer dreaming sweetdreams nightmare imagine imagination wonder
wonderful wonderland aliceinwonderland paradise paradiso destiny fate fortune luck luckyone goodluck goodtimes goodlife goodboy goodgirl
goodday badboy badboys badgirl badass bad badman bigboy bigman bigdaddy bigdog bigbear bigbrother bigred bigmac little littleman
littlegirl littleone littlebit shorty shortie tiny fatboy fat fatman fatcat skinny slim life lifeisgood lifesucks lifestyle live living
livelife livestrong liveforever longlive death dead die dying suicide kill killme killyou killbill murder blood bloodline poison evil
goodandevil angelsanddemons dracula frankenstein nosferatu moneymaker moneyman getmoney getrich poor bigboss theboss likeaboss chief
president obama barackobama trump donaldtrump clinton hillary putin merkel biden kennedy washington american usa unitedstates california
texas florida newyork newyorkcity nyc brooklyn manhattan queens bronx harlem boston dallas houston austin denver seattle portland oakland
sanfrancisco losangeles hollywood lasvegas vegas miami orlando atlanta detroit cleveland pittsburgh philadelphia baltimore memphis
nashville tennessee kentucky alabama georgia virginia carolina northcarolina southcarolina oklahoma kansas nebraska dakota montana wyoming
idaho utah nevada arizona newmexico colorado alaska hawaii michigan ohio indiana illinois wisconsin minnesota iowa missouri arkansas
louisiana mississippi maine vermont maryland delaware jersey newjersey canada toronto montreal vancouver ottawa calgary england london
britain scotland ireland irish dublin wales france paris germany deutschland berlin munich italy italia rome venezia spain espana portugal
lisboa brasil brazil brasilia saopaulo argentina buenosaires mexico mexicano colombia venezuela chile peru ecuador cuba cubano puertorico
boricua dominican jamaica haiti russia moscow rossiya ukraine poland polska warszawa krakow czech praha hungary budapest romania bucuresti
bulgaria sofia serbia croatia hrvatska greece hellas athens turkiye istanbul ankara izmir israel jerusalem palestine egypt cairo morocco
algeria africa southafrica nigeria lagos kenya nairobi ghana india bharat mumbai delhi chennai bangalore kolkata hyderabad pakistan lahore
karachi bangladesh dhaka srilanka nepal china beijing shanghai hongkong taiwan taipei japan tokyo osaka kyoto korea seoul vietnam saigon
hanoi thailand bangkok malaysia singapore indonesia jakarta bandung surabaya philippines pinoy manila australia aussie sydney melbourne
brisbane perth newzealand auckland switzerland schweiz zurich austria wien vienna holland nederland amsterdam rotterdam belgium sweden
sverige stockholm norway norge oslo denmark danmark kobenhavn finland suomi helsinki iceland europe asia arctic atlantic pacific caribbean
bahamas bermuda mediterranean james john robert michael william david richard charles joseph thomas christopher christophe christoph
daniel paul mark george kenneth steven stephen brian anthony kevin jason gary timothy jose larry jeffrey frank scott eric andrew raymond
gregory joshua jerry dennis walter peter harold douglas carl arthur ryan roger joe juan jack albert jonathan terry gerald keith samuel
willie ralph lawrence nicholas roy benjamin bruce brandon adam fred wayne billy louis jeremy aaron randy howard eugene carlos russell
bobby martin ernest phillip todd jesse craig alan shawn clarence sean philip chris earl jimmy antonio danny bryan tony luis mike stanley
leonard nathan dale manuel rodney curtis norman allen marvin vincent glenn jeffery travis jeff chad jacob lee melvin alfred kyle francis
bradley herbert frederick ray joel edwin don eddie ricky troy randall barry alexander bernard leroy francisco marcus micheal theodore
clifford miguel oscar jay jim tom calvin alex jon ronnie bill lloyd tommy leon derek warren darrell jerome leo alvin tim wesley dean greg
jorge dustin pedro derrick dan lewis zachary corey herman maurice vernon roberto clyde glen hector shane ricardo sam rick lester brent
ramon tyler gilbert gene marc reginald ruben brett nathaniel rafael leslie edgar milton raul ben chester cecil duane franklin andre elmer
brad gabriel ron mitchell roland arnold harvey jared adrian karl cory claude erik darryl jamie neil jessie javier fernando ted mathew
tyrone darren lonnie lance cody kelly allan nelson guy clayton hugh dwayne dwight armando jimmie everett ian wallace ken bob jaime casey
alfredo alberto dave ivan johnnie sidney byron julian isaac morris clifton willard daryl ross virgil andy marshall salvador perry sergio
marion tracy seth kent terrance rene eduardo terrence enrique freddie wade stuart fredrick arturo alejandro jackie joey nick luther
wendell jeremiah evan julius dana donnie otis shannon trevor oliver luke gerard doug kenny hubert shaun lyle matt lynn alfonso rex carlton
ernesto cameron neal pablo lorenzo wilbur blake grant horace roderick kerry abraham rickey jean ira andres cesar johnathan malcolm rudolph
damon kelvin rudy preston alton archie marco pete randolph garry geoffrey jonathon felipe bennie gerardo dominic loren delbert colin
guillermo earnest lucas benny noel spencer rodolfo myron edmund garrett salvatore cedric lowell gregg sherman wilson devin kim roosevelt
jermaine forrest wilbert leland simon guadalupe clark irving carroll owen rufus woodrow kristopher mack levi marcos gustavo lionel marty
ellis gilberto clint nicolas laurence ismael orville drew jody ervin dewey wilfred josh hugo ignacio caleb tomas sheldon erick frankie
stewart doyle darrel rogelio terence santiago alonzo elias bert elbert ramiro conrad noah grady phil cornelius lamar rolando clay percy
dexter bradford darin amos terrell moses irvin saul roman darnell randal tommie timmy darrin winston brendan van abel dominick boyd jan
emilio elijah cary domingo aubrey emmett marlon emanuel jerald edmond mary patricia linda barbara elizabeth maria susan margaret dorothy
lisa nancy karen betty helen sandra donna carol ruth sharon michelle laura sarah kimberly deborah jessica shirley cynthia melissa brenda
anna rebecca kathleen pamela martha debra amanda stephanie carolyn christine marie catherine frances ann joyce diane alice julie heather
teresa doris gloria evelyn cheryl mildred katherine joan ashley judith janice nicole judy christina kathy theresa beverly denise tammy
irene jane lori rachel marilyn andrea kathryn louise sara anne jacqueline wanda bonnie julia lois tina phyllis norma paula diana annie
lillian emily peggy gladys rita dawn connie florence edna tiffany carmen rosa cindy wendy victoria edith sherry sylvia josephine thelma
sheila ethel ellen elaine marjorie carrie charlotte monica esther pauline emma juanita anita rhonda hazel amber eva debbie clara lucille
joanne eleanor valerie danielle megan alicia suzanne michele gail bertha darlene veronica jill erin geraldine lauren cathy joann lorraine
sally regina erica beatrice dolores bernice audrey yvonne annette samantha stacy ana renee ida vivian roberta holly brittany melanie
loretta yolanda jeanette laurie katie kristen vanessa alma sue elsie beth jeanne vicki carla tara rosemary eileen terri gertrude lucy
tonya ella stacey wilma gina kristin natalie agnes vera charlene bessie delores melinda arlene maureen colleen allison tamara constance
lillie claudia marcia tanya nellie marlene heidi glenda lydia viola courtney marian stella caroline dora jo vickie mattie maxine irma
mabel marsha myrtle lena christy deanna patsy hilda gwendolyn jennie nora margie nina cassandra leah penny kay priscilla naomi carole
brandy olga billie dianne tracey leona jenny felicia sonia miriam velma becky bobbie kristina toni mae shelly ramona sherri erika katrina
claire lindsey lindsay geneva belinda sheryl cora faye ada natasha sabrina isabel marguerite hattie harriet kristi cecilia kristy raquel
isabella gabriela gabriella mariana mariano camila valentina olivia ava mia abigail madison hannah alexis alyssa kayla brianna savannah
haley hailey jasmin jade kylie paige sierra gabrielle mackenzie katelyn brooke rachael kaitlyn bethany alexandra alexandre alejandra
fernanda daniela andreea lucia paola juliana mariajose maribel marisol rosario dulce esperanza esmeralda xiomara yesenia thiago mateus
joao bruno rodrigo vinicius guilherme henrique leonardo leticia larissa beatriz camilla giulia martina francesca chiara alessia alessandro
alessandra matteo luca giuseppe giovanni andreas stefan stefanie thorsten torsten juergen jurgen klaus dieter helmut wolfgang guenther
gunther heinz horst manfred uwe ralf bernd sebastian florian tobias dominik marcel pascal nicolai nikolai katharina sabine petra monika
ursula brigitte renate christa ingrid pierre jacques philippe francois olivier laurent thierry frederic sebastien mathieu guillaume maxime
antoine julien romain camille manon lea emilie celine sandrine nathalie isabelle sylvie piotr pawel krzysztof andrzej tomasz marcin michal
mateusz kasia agnieszka malgorzata natalia aleksandra karolina magda dima misha sergey sergei dmitri dmitry vladimir alexey aleksey andrey
nikita maxim maksim igor oleg anton svetlana tatiana tatyana natalya irina ekaterina anastasia marina ksenia mehmet ayse fatma emre burak
deniz kemal ataturk priya rahul amit sachin tendulkar suresh ramesh rajesh sanjay vijay ajay ravi kumar singh sharma patel gupta deepak
anil sunil lakshmi saraswati pooja neha sneha nguyen anhyeuem emyeuanh matkhau khongbiet woaini wang zhang chen huang minh linh hoang
sayang cinta sayangku akucintakamu mahalkita mahalko iloveyouu smith johnson williams jones garcia miller davis rodriguez martinez
hernandez lopez gonzalez anderson moore perez thompson harris sanchez ramirez robinson walker young wright flores hill adams baker hall
rivera campbell carter roberts gomez phillips evans turner diaz parker cruz edwards collins reyes morales murphy cook rogers gutierrez
ortiz morgan peterson reed ramos cox ward richardson watson brooks chavez bennett mendoza ruiz hughes price alvarez castillo sanders myers
foster jimenez powell sullivan mueller muller schmidt schneider fischer weber meyer wagner becker schulz hoffmann mypace trustno trustme
trustnoone trustnobody nopassword nopass nopasswords enterpassword yourname myname mynameis itsme itsmine mine minemine secretword
codeword pincode numbers number numberone numberuno onelove oneway onetwothree onetwothreefour twelve eleven seven foryou forme justme
justdoit justforfun justforyou onlyme onlyyou onlylove onlygod whoami whoareyou whocares iamhere iamgod iamthebest iamcool iamawesome
iamnumberone imthebest thebest thebestofthebest bestever theone theman thegame theend theking thecat thedog themaster theworld theater
theatre openclaw clawd clawdbot moltbot molty clawbot lobster lobsters gateway theclaw edge agent agents assistant chatgpt openai
anthropic gemini llama mistral copilot jarvis skynet chatbot robot robots sommer fruehling herbst wochenende hallo hallohallo
ichliebedichso schatz schatzi liebe liebling maus mausi hase hasi engel zuhause familie
`
  .split(/\s+/)
  .filter((word) => word !== "");
